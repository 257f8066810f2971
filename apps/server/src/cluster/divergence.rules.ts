import type { NotedHashes } from '../consensus/hash-notes';

export type Verdict = 'agreed' | 'unknown' | 'minority' | 'no-majority';

/**
 * What the hashes that the voters told of one index say of this node, itself a voter or not. `minority`: most voters hold
 * another state. `no-majority`: no state can have a majority any more, so nobody knows which is right. `unknown`: too
 * few voters have told theirs.
 */
export function verdictAt(own: string, told: readonly string[], voters: number): Verdict {
  const counts = new Map<string, number>();
  for (const hash of told) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  const majority = Math.floor(voters / 2) + 1;
  for (const [hash, count] of counts) if (count >= majority) return hash === own ? 'agreed' : 'minority';
  const silent = voters - told.length;
  return Math.max(0, ...counts.values()) + silent >= majority ? 'unknown' : 'no-majority';
}

/** The verdict of the newest index at which one can be given. Voters that told nothing are null. */
export function verdictOf(own: NotedHashes, voters: readonly (NotedHashes | null)[]): Verdict {
  for (const index of [...own.keys()].sort((a, b) => b - a)) {
    const told = voters.flatMap((hashes) => hashes?.get(index) ?? []);
    const verdict = verdictAt(own.get(index) ?? '', told, voters.length);
    if (verdict !== 'unknown') return verdict;
  }
  return 'unknown';
}

/** The nodes that hold another state than this one, by the newest index that both have noted. */
export function apartFrom(own: NotedHashes, others: ReadonlyMap<string, NotedHashes>): readonly string[] {
  const indexes = [...own.keys()].sort((a, b) => b - a);
  return [...others].flatMap(([nodeId, hashes]) => {
    const common = indexes.find((index) => hashes.has(index));
    return common !== undefined && hashes.get(common) !== own.get(common) ? [nodeId] : [];
  });
}
