import type { MemberId } from './identity';
import type { HeartbeatResponse, ReadIndexMessage, ReadIndexResponse } from './messages';
import { refused } from './membership-change';
import type { Refused } from './membership-change';
import { jointIndex } from './quorum/joint';
import type { RaftState } from './raft-state';
import type { ReadOrigin } from './read-index';

/** A read asked for on this member. */
export function readIndex(raft: RaftState): { readonly ok: true; readonly id: number } | Refused {
  if (raft.leader === null) return refused('no-leader');
  const id = ++raft.localReads;
  if (raft.role === 'leader') acceptRead(raft, { id });
  else raft.forwarded.add(id);
  return { ok: true, id };
}

/** A read that a follower asks this leader to place. Others ignore it: the follower asks again. */
export function onReadIndex(raft: RaftState, message: ReadIndexMessage): void {
  if (raft.role === 'leader') acceptRead(raft, { from: message.from, context: message.context });
}

function acceptRead(raft: RaftState, origin: ReadOrigin): void {
  // Before its no-op is committed a leader does not know the newest commit index (thesis 6.4, step 1).
  if (raft.log.committed < raft.leadsFrom) raft.earlyReads.push(origin);
  else if (holdsLease(raft)) answer(raft, origin, raft.log.committed);
  else raft.reads.add(origin, raft.log.committed);
}

export function releaseEarlyReads(raft: RaftState): void {
  if (raft.earlyReads.length === 0) return;
  const origins = raft.earlyReads;
  raft.earlyReads = [];
  for (const origin of origins) acceptRead(raft, origin);
}

export function onReadIndexResponse(raft: RaftState, message: ReadIndexResponse): void {
  for (const id of raft.forwarded.answered(message.context)) raft.readStates.push({ id, index: message.index });
}

/** What a leader's heartbeats carry: a new round when a read or the lease needs one. */
export function nextRound(raft: RaftState, forLease: boolean): number {
  const { reads } = raft;
  if (!reads.needsRound() && !forLease) return reads.unconfirmed();
  const round = reads.open(raft.now);
  reads.acknowledge(raft.id, round);
  return round;
}

export function onRoundAcknowledged(raft: RaftState, message: HeartbeatResponse): void {
  if (message.context === 0) return;
  raft.reads.acknowledge(message.from, message.context);
  confirmReads(raft);
}

/** Answers the reads whose round a quorum of the configuration in effect has acknowledged. */
export function confirmReads(raft: RaftState): void {
  const round = jointIndex(raft.configuration, (member: MemberId) => raft.reads.ackedBy(member));
  for (const { origin, index } of raft.reads.confirm(round)) answer(raft, origin, index);
}

function answer(raft: RaftState, origin: ReadOrigin, index: number): void {
  if ('id' in origin) raft.readStates.push({ id: origin.id, index });
  else {
    const { from: to, context } = origin;
    raft.send({ type: 'read-index-response', from: raft.id, to, term: raft.term, context, index });
  }
}

/**
 * No other leader can have been elected until `electionTicks` after a quorum heard this one; a quarter of that is kept
 * back for clocks that run apart. The lease counts from when the heartbeats were sent, not from when they were answered.
 */
function holdsLease(raft: RaftState): boolean {
  const { readOnly, electionTicks } = raft.settings;
  if (readOnly !== 'lease' || raft.leaseForfeited) return false;
  return raft.now - raft.reads.confirmedSentAt() < Math.floor((electionTicks * 3) / 4);
}
