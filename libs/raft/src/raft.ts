import { onAppendResponse, onHeartbeatResponse } from './acknowledgement';
import { advanceCommit } from './commit';
import { campaign, onVoteRequest, onVoteResponse, promotable, shieldsLeader } from './election';
import { invariant } from './errors';
import { onAppend, onHeartbeat, onSnapshot } from './follower';
import { tickLeader } from './leader';
import type { AppendMessage, HeartbeatMessage, Message, SnapshotMessage } from './messages';
import type { RaftState } from './raft-state';
import { confirmReads, nextRound, onReadIndex, onReadIndexResponse, onRoundAcknowledged } from './reads';
import { broadcastHeartbeat, replicate } from './replication';

export function tick(raft: RaftState): void {
  raft.now++;
  raft.abortedReads.push(...raft.forwarded.expire(raft.now - raft.settings.electionTicks));
  if (raft.role === 'leader') {
    tickLeader(raft);
    return;
  }
  raft.electionElapsed++;
  if (raft.electionElapsed < raft.electionTimeout) return;
  if (!promotable(raft)) {
    // It cannot take the leader's place, and still must not send reads to one that is gone.
    raft.setLeader(null);
    return;
  }
  raft.electionElapsed = 0;
  campaign(raft, raft.settings.preVote ? 'pre-vote' : 'vote');
}

/** One message in. What is meant for another incarnation of this node is not for this member. */
export function step(raft: RaftState, message: Message): void {
  if (message.to !== raft.id) return;
  if (message.term > raft.term && !laterTerm(raft, message)) return;
  if (message.term < raft.term) {
    earlierTerm(raft, message);
    return;
  }
  dispatch(raft, message);
}

/** Every later term is followed at once (Raft 5.1), but for what pre-vote and the shield exempt. False: ignore it. */
function laterTerm(raft: RaftState, message: Message): boolean {
  switch (message.type) {
    case 'pre-vote':
      return !shieldsLeader(raft, message);
    case 'vote':
      if (shieldsLeader(raft, message)) return false;
      break;
    case 'pre-vote-response':
      // Granted: the term is the one asked about, not one anybody is in.
      if (!message.reject) return true;
      break;
    default:
      break;
  }
  raft.becomeFollower(message.term, fromLeader(message) ? message.from : null);
  return true;
}

/**
 * A leader or candidate of an earlier term is told the term it missed (Raft 5.1): a leader might never step down, and a
 * candidate might trail for ever behind another whose configuration does not name it.
 */
function earlierTerm(raft: RaftState, message: Message): void {
  const { id: from, term } = raft;
  const to = message.from;
  if (fromLeader(message)) {
    raft.hold({ type: 'append-response', from, to, term, reject: false, index: 0 });
  } else if (message.type === 'pre-vote' || message.type === 'vote') {
    const type = message.type === 'vote' ? 'vote-response' : 'pre-vote-response';
    raft.hold({ type, from, to, term, reject: true });
  }
}

function fromLeader(message: Message): message is AppendMessage | HeartbeatMessage | SnapshotMessage {
  return message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot';
}

function dispatch(raft: RaftState, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      return onVoteRequest(raft, message);
    case 'vote-response':
    case 'pre-vote-response':
      return onVoteResponse(raft, message);
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      return fromCurrentLeader(raft, message);
    case 'append-response':
      return raft.role === 'leader' ? onAppendResponse(raft, message) : undefined;
    case 'heartbeat-response':
      if (raft.role !== 'leader') return;
      onHeartbeatResponse(raft, message);
      return onRoundAcknowledged(raft, message);
    case 'timeout-now':
      return raft.role === 'follower' ? campaign(raft, 'transfer') : undefined;
    case 'read-index':
      return onReadIndex(raft, message);
    case 'read-index-response':
      return onReadIndexResponse(raft, message);
  }
}

function fromCurrentLeader(raft: RaftState, message: AppendMessage | HeartbeatMessage | SnapshotMessage): void {
  invariant(raft.role !== 'leader', `${message.from} also leads term ${raft.term}`);
  if (raft.role !== 'follower') raft.becomeFollower(raft.term, message.from);
  raft.heardLeader(message.from);
  if (message.type === 'append') onAppend(raft, message);
  else if (message.type === 'heartbeat') onHeartbeat(raft, message);
  else onSnapshot(raft, message);
}

/** Decides what has waited for the driver to ask: appends, read rounds, forwarded reads. */
export function flush(raft: RaftState): void {
  if (raft.role === 'leader') {
    if (raft.reads.needsRound()) {
      broadcastHeartbeat(raft, nextRound(raft, false));
      confirmReads(raft);
    }
    if (raft.dirty) replicate(raft);
    raft.dirty = false;
  } else if (raft.leader !== null && raft.forwarded.hasWaiting()) {
    const context = raft.forwarded.takeBatch(raft.now);
    raft.send({ type: 'read-index', from: raft.id, to: raft.leader, term: raft.term, context });
  }
}

/** This member's log is durable up to `stableIndex`: as a leader it now counts itself. */
export function ownLogIsDurable(raft: RaftState): void {
  if (raft.role !== 'leader') return;
  if (raft.progress.get(raft.id)?.acknowledge(raft.log.stableIndex())) advanceCommit(raft);
}
