import type { NotedHashes } from '../consensus/hash-notes';

export type Verdict = 'agreed' | 'unknown' | 'minority' | 'no-majority';

/**
 * What the hashes of one index say of this node. `minority`: most members hold another state. `no-majority`: no state
 * can have a majority any more, so nobody knows which is right. `unknown`: too few members have told theirs.
 */
export function verdictAt(own: string, others: readonly string[], members: number): Verdict {
  const counts = new Map<string, number>([[own, 1]]);
  for (const hash of others) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  const majority = Math.floor(members / 2) + 1;
  for (const [hash, count] of counts) if (count >= majority) return hash === own ? 'agreed' : 'minority';
  const silent = members - 1 - others.length;
  return Math.max(...counts.values()) + silent >= majority ? 'unknown' : 'no-majority';
}

/** The verdict of the newest index at which one can be given; a node that once parted stays parted. */
export function verdictOf(own: NotedHashes, others: readonly NotedHashes[], members: number): Verdict {
  for (const index of [...own.keys()].sort((a, b) => b - a)) {
    const told = others.flatMap((hashes) => hashes.get(index) ?? []);
    const verdict = verdictAt(own.get(index) ?? '', told, members);
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
