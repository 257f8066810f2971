import { advanceCommit } from './commit';
import type { MemberId } from './identity';
import type { AppendResponse, HeartbeatResponse } from './messages';
import type { Progress } from './progress';
import type { RaftState } from './raft-state';

/** An answer to an append. A member outside the configuration, or an earlier incarnation of one inside, has no say. */
export function onAppendResponse(raft: RaftState, message: AppendResponse): void {
  const progress = raft.progress.get(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  raft.dirty = true;
  if (message.reject) {
    // Terms never decrease along a log, so no index between the hint and the conflict can match either (Raft 5.3).
    const hint =
      message.logTerm > 0 ? raft.log.conflictAt(message.rejectHint, message.logTerm).index : message.rejectHint;
    progress.reject(message.index, hint);
    return;
  }
  accepted(raft, message.from, progress, message.index);
}

function accepted(raft: RaftState, from: MemberId, progress: Progress, index: number): void {
  const news = progress.acknowledge(index);
  // A member answers a late message of an earlier term with (current term, 0): that is no answer to the probe.
  const probed = progress.state === 'probe' && progress.match === index && progress.next - 1 === index;
  if (!news && !probed) return;
  switch (progress.state) {
    case 'probe':
      progress.becomeReplicate();
      break;
    case 'replicate':
      progress.inflights.freeUpTo(index);
      break;
    case 'snapshot':
      // Whatever brought the member here, the log can take it further; how far the snapshot reached does not matter.
      if (progress.match + 1 >= raft.log.firstIndex()) progress.becomeReplicate();
      break;
  }
  advanceCommit(raft);
  if (raft.transferee === from) sendTimeoutNow(raft, progress);
}

export function onHeartbeatResponse(raft: RaftState, message: HeartbeatResponse): void {
  const progress = raft.progress.get(message.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.paused = false;
  if (progress.match < raft.log.lastIndex()) progress.nudged = true;
  raft.dirty = true;
}

/** The transferee must hold the whole log, or it could not win; then it need not wait for its timeout. */
export function sendTimeoutNow(raft: RaftState, progress: Progress): void {
  if (raft.transferee === null || progress.match < raft.log.lastIndex()) return;
  raft.leaseForfeited = true;
  raft.send({ type: 'timeout-now', from: raft.id, to: raft.transferee, term: raft.term });
}

export function reportUnreachable(raft: RaftState, member: MemberId): void {
  const progress = raft.progress.get(member);
  if (progress?.state === 'replicate') progress.becomeProbe();
}

/**
 * Sent: wait for the member's own word. Failed: wait a heartbeat, then begin again. What is told late, of a snapshot
 * that another has replaced since, is no news of the one under way.
 */
export function reportSnapshot(raft: RaftState, member: MemberId, outcome: 'sent' | 'failed', index?: number): void {
  const progress = raft.progress.get(member);
  if (progress?.state !== 'snapshot' || progress.pendingSnapshot !== (index ?? progress.pendingSnapshot)) return;
  if (outcome === 'sent') progress.becomeProbe();
  else progress.abandonSnapshot();
  progress.paused = true;
}
