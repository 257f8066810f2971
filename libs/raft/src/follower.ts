import type { AppendMessage, HeartbeatMessage, SnapshotMessage } from './messages';
import type { RaftState } from './raft-state';

export function onAppend(raft: RaftState, message: AppendMessage): void {
  const { log } = raft;
  const { prevIndex, prevTerm, entries, commit } = message;
  if (prevIndex < log.committed) {
    accept(raft, message.from, log.committed);
    return;
  }
  if (!log.matches(prevIndex, prevTerm)) {
    refuse(raft, message);
    return;
  }
  raft.tookEntries(log.extend(entries));
  // Not to the end of the own log: what lies after these entries may be another leader's.
  const last = prevIndex + entries.length;
  log.commitTo(Math.min(commit, last));
  accept(raft, message.from, last);
}

function accept(raft: RaftState, to: string, index: number): void {
  raft.hold({ type: 'append-response', from: raft.id, to, term: raft.term, reject: false, index });
}

/** The hint skips every position here whose term is later than the leader's at `prevIndex`: none of them can match. */
function refuse(raft: RaftState, { from: to, prevIndex, prevTerm }: AppendMessage): void {
  const { index, term } = raft.log.conflictAt(Math.min(prevIndex, raft.log.lastIndex()), prevTerm);
  raft.hold({
    type: 'append-response',
    from: raft.id,
    to,
    term: raft.term,
    reject: true,
    index: prevIndex,
    rejectHint: index,
    logTerm: term,
  });
}

export function onHeartbeat(raft: RaftState, { from: to, commit, context }: HeartbeatMessage): void {
  raft.log.commitTo(commit);
  raft.send({ type: 'heartbeat-response', from: raft.id, to, term: raft.term, context });
}

export function onSnapshot(raft: RaftState, message: SnapshotMessage): void {
  accept(raft, message.from, restored(raft, message) ? message.snapshot.index : raft.log.committed);
}

/**
 * False when the snapshot brings nothing the log does not hold already. It may be older than the change that added this
 * member, and not name it: the entries that follow will.
 */
function restored(raft: RaftState, { snapshot }: SnapshotMessage): boolean {
  const { log } = raft;
  if (snapshot.index <= log.committed) return false;
  if (log.matches(snapshot.index, snapshot.term)) {
    log.commitTo(snapshot.index);
    return false;
  }
  log.restore(snapshot);
  raft.history.reset(snapshot.index, snapshot.configuration);
  return true;
}
