import { isLearner } from './configuration';
import type { Configuration } from './configuration';
import type { MemberId } from './identity';
import type { Progress, ProgressState } from './progress';
import type { RaftState } from './raft-state';
import type { Role } from './ready';

export interface MemberStatus {
  readonly member: MemberId;
  readonly state: ProgressState;
  /** The member is known to hold everything up to here, durably. */
  readonly match: number;
  readonly next: number;
  readonly learner: boolean;
  readonly paused: boolean;
  readonly recentActive: boolean;
  readonly pendingSnapshot: number;
  readonly inflightMsgs: number;
  readonly inflightBytes: number;
}

export interface Status {
  readonly id: MemberId;
  readonly role: Role;
  readonly term: number;
  readonly vote: MemberId | null;
  readonly leader: MemberId | null;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Up to here this member's own log is durable. */
  readonly stableIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly uncommittedSize: number;
  readonly configuration: Configuration;
  /** Where `configuration` stands in the log; it is committed when `commit` has reached it. */
  readonly configurationIndex: number;
  readonly transferee: MemberId | null;
  /** Empty unless this member leads. */
  readonly progress: readonly MemberStatus[];
}

export function statusOf(raft: RaftState): Status {
  const { log, history } = raft;
  return {
    id: raft.id,
    role: raft.role,
    term: raft.term,
    vote: raft.vote,
    leader: raft.leader,
    firstIndex: log.firstIndex(),
    lastIndex: log.lastIndex(),
    stableIndex: log.stableIndex(),
    commit: log.committed,
    applied: log.applied,
    uncommittedSize: raft.uncommittedSize,
    configuration: history.latest,
    configurationIndex: history.latestIndex,
    transferee: raft.transferee,
    progress: raft.role === 'leader' ? [...raft.progress].map(([member, one]) => memberStatus(raft, member, one)) : [],
  };
}

function memberStatus(raft: RaftState, member: MemberId, progress: Progress): MemberStatus {
  const { state, match, next, recentActive, pendingSnapshot, inflights } = progress;
  const paused = progress.paused || state === 'snapshot' || (state === 'replicate' && inflights.full());
  const learner = isLearner(raft.configuration, member);
  const inflight = { inflightMsgs: inflights.count, inflightBytes: inflights.bytes };
  return { member, state, match, next, learner, paused, recentActive, pendingSnapshot, ...inflight };
}
