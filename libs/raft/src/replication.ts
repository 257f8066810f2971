import { entrySize } from './entry';
import type { Entry } from './entry';
import type { MemberId } from './identity';
import type { Progress } from './progress';
import type { RaftState } from './raft-state';

/** Sends every member what it lacks, as far as its window allows. Run once for each Ready: proposals made since share a message. */
export function replicate(raft: RaftState): void {
  for (const [member, progress] of raft.progress) {
    if (member !== raft.id) replicateTo(raft, member, progress);
  }
}

function replicateTo(raft: RaftState, member: MemberId, progress: Progress): void {
  if (progress.state === 'probe' && !progress.paused) sendAppend(raft, member, progress, true);
  if (progress.state !== 'replicate') return;
  const last = raft.log.lastIndex();
  while (progress.next <= last && !progress.inflights.full()) {
    if (!sendAppend(raft, member, progress, true)) return;
  }
  // An empty append tells a lagging commit index, and finds out whether messages in flight were lost: the member
  // refuses it if there is a gap, and acknowledges everything otherwise. Either empties a stuck window.
  const owesCommit = progress.owesCommit(raft.log.committed) && !progress.inflights.full();
  if (progress.nudged || owesCommit) sendAppend(raft, member, progress, false);
}

function sendAppend(raft: RaftState, to: MemberId, progress: Progress, withEntries: boolean): boolean {
  const { log } = raft;
  const prevIndex = progress.next - 1;
  const prevTerm = log.term(prevIndex);
  if (prevTerm === undefined || progress.next < log.firstIndex()) return sendSnapshot(raft, to, progress);
  const entries = withEntries ? log.slice(progress.next, log.lastIndex() + 1, raft.settings.maxSizePerMsg) : none;
  const commit = log.committed;
  raft.send({ type: 'append', from: raft.id, to, term: raft.term, prevIndex, prevTerm, entries, commit });
  progress.sent(entries.length, sizeOf(entries), commit);
  return true;
}

const none: readonly Entry[] = [];

function sizeOf(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) size += entrySize(entry);
  return size;
}

/** Not to a member that is silent: a snapshot is dear, and would only be lost. */
function sendSnapshot(raft: RaftState, to: MemberId, progress: Progress): boolean {
  if (!progress.recentActive) return false;
  const snapshot = raft.log.snapshotToSend();
  if (snapshot === null) return false;
  progress.becomeSnapshot(snapshot.index);
  raft.send({ type: 'snapshot', from: raft.id, to, term: raft.term, snapshot });
  return false;
}

/** `context` is the read round to confirm, 0 for none. */
export function broadcastHeartbeat(raft: RaftState, context: number): void {
  for (const [to, progress] of raft.progress) {
    if (to === raft.id) continue;
    // Never beyond what this member is known to hold: its log may still differ from ours after that.
    const commit = Math.min(progress.match, raft.log.committed);
    raft.send({ type: 'heartbeat', from: raft.id, to, term: raft.term, commit, context });
    progress.sentCommit = Math.max(progress.sentCommit, commit);
  }
}
