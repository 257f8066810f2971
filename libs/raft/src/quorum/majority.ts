import type { MemberId } from '../identity';

export type VoteResult = 'won' | 'lost' | 'pending';

/** The half of no one: it agrees to everything, which is what a configuration without an outgoing half needs. */
const agreesToEverything = Number.MAX_SAFE_INTEGER;

export function majorityOf(size: number): number {
  return Math.floor(size / 2) + 1;
}

/** The highest index that a majority of `voters` has acknowledged. */
export function majorityIndex(voters: readonly MemberId[], acked: (member: MemberId) => number): number {
  if (voters.length === 0) return agreesToEverything;
  const indexes = voters.map(acked).sort((a, b) => a - b);
  return indexes[voters.length - majorityOf(voters.length)]!;
}

/** Members that have not answered may still decide either way; answers of others than `voters` do not count. */
export function majorityVote(voters: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  if (voters.length === 0) return 'won';
  let granted = 0;
  let missing = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const needed = majorityOf(voters.length);
  if (granted >= needed) return 'won';
  return granted + missing >= needed ? 'pending' : 'lost';
}
