import type { Configuration } from '../configuration';
import type { MemberId } from '../identity';
import { majorityIndex, majorityVote } from './majority';
import type { VoteResult } from './majority';

type Halves = Pick<Configuration, 'voters' | 'outgoing'>;

/** While joint, agreement takes a majority of each half separately (Raft 6). */
export function jointIndex(of: Halves, acked: (member: MemberId) => number): number {
  return Math.min(majorityIndex(of.voters, acked), majorityIndex(of.outgoing, acked));
}

export function jointVote(of: Halves, votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  const incoming = majorityVote(of.voters, votes);
  const outgoing = majorityVote(of.outgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}
