import { RawNode } from '@config-guardian/raft';
import type { Configuration, Entry, HardState, RaftOptions, Ready, MemoryStorage } from '@config-guardian/raft';

export type MemberOptions = Omit<RaftOptions, 'id' | 'storage' | 'random' | 'applied'>;

/** One member with its disk, driven by hand. */
export class ScenarioMember {
  node: RawNode;
  /** Writes wait for `sync` instead of being durable at once. */
  async = false;
  running = true;
  private writes: Ready[] = [];
  private applied: Entry[] = [];
  private appliedIndex = 0;

  constructor(
    readonly id: string,
    readonly storage: MemoryStorage,
    private readonly options: MemberOptions,
  ) {
    this.node = this.boot();
  }

  /** Loses what was not synced; the state machine comes back with what it had applied. */
  crash(): void {
    this.running = false;
    this.writes = [];
  }

  restart(): void {
    this.running = true;
    this.node = this.boot();
  }

  /** Begins with a log whose entries have these terms. */
  give(terms: readonly number[], hardState: HardState): void {
    this.storage.append(
      terms.map((term, at) => ({ type: 'command', index: at + 1, term, data: Buffer.from(`t${term}`) })),
    );
    this.storage.setHardState(hardState);
    this.restart();
  }

  /** Takes one Ready and does its work, or (async) all but the writing. */
  takeReady(): Ready {
    const ready = this.node.ready();
    if (this.async) this.writes.push(ready);
    else this.write(ready);
    for (const entry of ready.committed) {
      this.applied.push(entry);
      this.appliedIndex = entry.index;
    }
    if (ready.committed.length > 0) this.node.applied(this.appliedIndex);
    return ready;
  }

  /** Makes the oldest waiting write durable. */
  sync(): Ready | undefined {
    while (this.writes.length > 0) {
      const ready = this.writes.shift()!;
      this.write(ready);
      if (ready.receipt !== null) return ready;
    }
    return undefined;
  }

  /** What the state machine holds: the commands applied since its last snapshot. */
  appliedText(): string {
    const commands = this.applied.flatMap((entry) =>
      entry.type === 'command' ? [Buffer.from(entry.data).toString()] : [],
    );
    return `${this.id}: applied to ${this.appliedIndex}: ${commands.join(' ')}`;
  }

  takeSnapshot(): number {
    const index = this.appliedIndex;
    const configuration = this.node.configurationAt(index) as Configuration;
    this.storage.keepSnapshot({ index, term: this.storage.term(index)!, configuration, data: new Uint8Array(0) });
    return index;
  }

  private write(ready: Ready): void {
    this.storage.write(ready);
    if (ready.snapshot !== null) {
      this.applied = [];
      this.appliedIndex = ready.snapshot.index;
    }
    if (ready.receipt !== null) this.node.persisted(ready.receipt);
  }

  /** Chance that never varies: with an election timeout of 10 ticks member n always waits 10 + n. */
  private boot(): RawNode {
    const { id, storage, options, appliedIndex } = this;
    return new RawNode({ ...options, id, storage, random: () => parseInt(id) / 10, applied: appliedIndex });
  }
}
