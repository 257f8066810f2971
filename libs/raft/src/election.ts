import { appendAsLeader } from './commit';
import { votersOf } from './configuration';
import { highestPosition } from './entry';
import { invariant } from './errors';
import type { VoteMessage, VoteResponse } from './messages';
import { jointVote } from './quorum/joint';
import type { RaftState } from './raft-state';

/**
 * `pre-vote` asks whether a candidacy could succeed (thesis 9.6); `vote` is the candidacy; `transfer` is one that the
 * leader asked for, so there is nobody to disturb and nothing to ask first.
 */
export type CampaignKind = 'pre-vote' | 'vote' | 'transfer';

/** Learners, members that were removed, and members still installing a snapshot do not campaign. */
export function promotable(raft: RaftState): boolean {
  return raft.log.unstable.snapshot === null && raft.history.mayVoteFrom(raft.log.committed, raft.id);
}

export function campaign(raft: RaftState, kind: CampaignKind): void {
  if (raft.role === 'leader' || !promotable(raft)) return;
  invariant(raft.term < highestPosition, `no term follows ${raft.term}`);
  if (kind === 'pre-vote') raft.becomePreCandidate();
  else raft.becomeCandidate();
  requestVotes(raft, kind);
}

function requestVotes(raft: RaftState, kind: CampaignKind): void {
  const pre = kind === 'pre-vote';
  const term = pre ? raft.term + 1 : raft.term;
  const lastIndex = raft.log.lastIndex();
  const lastTerm = raft.log.lastTerm();
  // The own vote is an answer like any other: it counts once it is durable, and never for a configuration without us.
  raft.hold({ type: pre ? 'pre-vote-response' : 'vote-response', from: raft.id, to: raft.id, term, reject: false });
  for (const to of votersOf(raft.configuration)) {
    if (to === raft.id) continue;
    const type = pre ? 'pre-vote' : 'vote';
    const request = { type, from: raft.id, to, term, lastIndex, lastTerm, transfer: kind === 'transfer' } as const;
    // A candidacy speaks of its term and of the end of its log. If it left before they are durable, a crash could
    // bring this member back with a shorter log to the same term, and votes for the first candidacy would elect it.
    if (pre) raft.send(request);
    else raft.hold(request);
  }
}

/** A (pre-)vote request of the current term, or a pre-vote for a later one. */
export function onVoteRequest(raft: RaftState, message: VoteMessage): void {
  if (!message.transfer && upholdsLease(raft)) return;
  const pre = message.type === 'pre-vote';
  const free = raft.vote === message.from || (raft.vote === null && raft.leader === null);
  const granted =
    (free || (pre && message.term > raft.term)) && raft.log.isUpToDate(message.lastIndex, message.lastTerm);
  if (granted && !pre) {
    raft.vote = message.from;
    raft.resetElectionTimer(raft.settings.electionTicks);
  }
  // Members vote whatever their own configuration says: a learner may have been promoted without knowing it yet.
  raft.hold({
    type: pre ? 'pre-vote-response' : 'vote-response',
    from: raft.id,
    to: message.from,
    // A granted pre-vote answers for the term it was asked about; a refusal tells the candidate the term it missed.
    term: granted ? message.term : raft.term,
    reject: !granted,
  });
}

/** A member that hears a leader shields it: it neither votes nor lets its term be raised (thesis 4.2.3). */
export function shieldsLeader(raft: RaftState, message: VoteMessage): boolean {
  const { checkQuorum, electionTicks } = raft.settings;
  if (message.transfer) return false;
  if (upholdsLease(raft)) return true;
  return checkQuorum && raft.leader !== null && raft.electionElapsed < electionTicks;
}

/**
 * A leader that this member has heard may count on its lease for an election timeout, whatever this member has learnt
 * meanwhile: that it restarted, that it was asked to campaign, that somebody is in a later term.
 */
export function upholdsLease({ settings, now, heardLeaderAt }: RaftState): boolean {
  return settings.readOnly === 'lease' && now - heardLeaderAt < settings.electionTicks;
}

export function onVoteResponse(raft: RaftState, message: VoteResponse): void {
  const mine = raft.role === 'pre-candidate' ? 'pre-vote-response' : 'vote-response';
  if (message.type !== mine || (raft.role !== 'pre-candidate' && raft.role !== 'candidate')) return;
  // A pre-vote granted for the term this member is in by now says nothing of the next one.
  if (message.type === 'pre-vote-response' && !message.reject && message.term !== raft.term + 1) return;
  if (!raft.votes.has(message.from)) raft.votes.set(message.from, !message.reject);
  const result = jointVote(raft.configuration, raft.votes);
  if (result === 'lost') raft.becomeFollower(raft.term, null);
  // Not before the own term and vote are durable, even for a member whose vote the configuration does not count.
  if (result !== 'won' || !raft.votes.has(raft.id)) return;
  if (raft.role === 'pre-candidate') campaign(raft, 'vote');
  else lead(raft);
}

function lead(raft: RaftState): void {
  raft.becomeLeader();
  appendAsLeader(raft, [{ type: 'no-op', index: raft.leadsFrom, term: raft.term }]);
}
