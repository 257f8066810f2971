/** State hashes by index. */
export type NotedHashes = ReadonlyMap<number, string>;

/** Every node notes its hash at the multiples of this, and keeps the newest notes. */
const everyEntries = 64;
const kept = 64;

/** What this node's state hash was at the indexes that all nodes note. */
export class HashNotes {
  readonly #hashes = new Map<number, string>();

  /** To be called after each applied entry; the hash is made only where it is noted. */
  applied(index: number, hash: () => string): void {
    if (index % everyEntries !== 0) return;
    this.#hashes.set(index, hash());
    if (this.#hashes.size <= kept) return;
    const [oldest] = this.#hashes.keys();
    if (oldest !== undefined) this.#hashes.delete(oldest);
  }

  get hashes(): NotedHashes {
    return this.#hashes;
  }

  /** The state was replaced by another: what was noted of the old one says nothing of it. */
  forget(): void {
    this.#hashes.clear();
  }
}
