import { appendAsLeader, appendConfiguration, committedInTerm } from './commit';
import { entryOverhead, entrySize } from './entry';
import type { Entry } from './entry';
import type { MemberId } from './identity';
import { changed } from './membership';
import { refused } from './membership-change';
import type { MembershipChange, Proposal, Refused } from './membership-change';
import { sendTimeoutNow } from './acknowledgement';
import { jointVote } from './quorum/joint';
import type { RaftState } from './raft-state';
import { nextRound } from './reads';
import { broadcastHeartbeat } from './replication';

export function propose(raft: RaftState, commands: readonly Uint8Array[]): Proposal {
  if (raft.role !== 'leader') return refused('not-leader');
  if (!raft.progress.has(raft.id)) return refused('removed');
  if (raft.transferee !== null) return refused('transferring');
  // It would have no entry of its own to wait for.
  if (commands.length === 0) return refused('no-commands');
  const size = commands.reduce((sum, data) => sum + data.length + entryOverhead, 0);
  // One proposal is always let in, or one larger than the limit could never be.
  const room = raft.uncommittedSize === 0 || raft.uncommittedSize + size <= raft.settings.maxUncommittedSize;
  if (!room) return refused('overloaded');
  const { term } = raft;
  const index = raft.log.lastIndex() + 1;
  const entries: Entry[] = [];
  for (const data of commands) entries.push({ type: 'command', index: index + entries.length, term, data });
  appendAsLeader(raft, entries);
  raft.uncommittedSize += size;
  return { ok: true, index, term };
}

/** Committed entries were handed out to be applied: they no longer count against the limit. */
export function releaseUncommitted(raft: RaftState, entries: readonly Entry[]): void {
  if (raft.role !== 'leader') return;
  for (const entry of entries) {
    if (entry.index >= raft.leadsFrom && entry.type === 'command') raft.uncommittedSize -= entrySize(entry);
  }
}

/**
 * One change at a time, and none before this leader's no-op is committed: until then a configuration of an earlier term
 * might still take the place of the one this change starts from, and their majorities need not overlap.
 */
export function proposeConfChange(raft: RaftState, change: MembershipChange): Proposal {
  if (raft.role !== 'leader') return refused('not-leader');
  if (raft.transferee !== null) return refused('transferring');
  if (!committedInTerm(raft)) return refused('term-not-committed');
  if (raft.history.latestIndex > raft.log.committed) return refused('change-in-progress');
  const next = changed(raft.configuration, change);
  if ('ok' in next) return next;
  const { term } = raft;
  return { ok: true, index: appendConfiguration(raft, next), term };
}

/** Proposals are refused until the transferee leads or an election timeout has passed (thesis 3.10). */
export function transferLeadership(raft: RaftState, to: MemberId): { readonly ok: true } | Refused {
  if (raft.role !== 'leader') return refused('not-leader');
  if (to === raft.id) return refused('already-leader');
  const progress = raft.progress.get(to);
  if (progress === undefined || !raft.configuration.voters.includes(to)) return refused('not-a-voter');
  if (raft.transferee === to) return { ok: true };
  raft.transferee = to;
  raft.transferElapsed = 0;
  raft.dirty = true;
  sendTimeoutNow(raft, progress);
  return { ok: true };
}

export function tickLeader(raft: RaftState): void {
  raft.heartbeatElapsed++;
  raft.electionElapsed++;
  // A time of its own: transfers begun again and again must not put off the check of the quorum.
  if (raft.transferee !== null && ++raft.transferElapsed >= raft.settings.electionTicks) raft.transferee = null;
  if (raft.electionElapsed >= raft.settings.electionTicks) {
    raft.electionElapsed = 0;
    if (raft.settings.checkQuorum && !quorumActive(raft)) {
      raft.becomeFollower(raft.term, null);
      return;
    }
  }
  if (raft.heartbeatElapsed < raft.settings.heartbeatTicks) return;
  raft.heartbeatElapsed = 0;
  broadcastHeartbeat(raft, nextRound(raft, raft.settings.readOnly === 'lease'));
}

/** A leader that a quorum has not answered for an election timeout may have been replaced already. */
function quorumActive(raft: RaftState): boolean {
  const active = new Map<MemberId, boolean>();
  for (const [member, progress] of raft.progress) {
    active.set(member, member === raft.id || progress.recentActive);
    progress.recentActive = member === raft.id;
  }
  return jointVote(raft.configuration, active) === 'won';
}
