import { isJoint } from './configuration';
import type { Configuration } from './configuration';
import type { Entry } from './entry';
import type { MemberId } from './identity';
import { leaveJoint } from './membership';
import { jointIndex } from './quorum/joint';
import type { RaftState } from './raft-state';
import { releaseEarlyReads } from './reads';
import { replicate } from './replication';

/**
 * Raises the commit index of a leader to what a quorum holds. Only an entry of the leader's own term is committed by
 * counting; earlier ones follow with it (Raft 5.4.2, figure 8).
 */
export function advanceCommit(raft: RaftState): void {
  const index = jointIndex(raft.configuration, (member) => raft.progress.get(member)?.match ?? 0);
  if (index <= raft.log.committed || index < raft.leadsFrom) return;
  raft.log.commitTo(index);
  raft.dirty = true;
  releaseEarlyReads(raft);
  if (raft.history.latestIndex <= index) configurationCommitted(raft);
}

/** True once this leader's no-op is committed: it then knows everything committed before it (thesis 6.4). */
export function committedInTerm(raft: RaftState): boolean {
  return raft.role === 'leader' && raft.log.committed >= raft.leadsFrom;
}

/** Appends a leader's entries; they count for it once they are durable here. */
export function appendAsLeader(raft: RaftState, entries: readonly Entry[]): void {
  raft.log.append(entries);
  raft.dirty = true;
}

/** Appends a configuration and follows it at once, its own commit included (thesis 4.1). */
export function appendConfiguration(raft: RaftState, configuration: Configuration): number {
  const index = raft.log.lastIndex() + 1;
  const entry: Entry = { type: 'configuration', index, term: raft.term, configuration };
  appendAsLeader(raft, [entry]);
  raft.tookEntries([entry]);
  raft.trackConfiguration();
  if (raft.transferee !== null && !configuration.voters.includes(raft.transferee)) raft.transferee = null;
  // Fewer voters may agree to more: earlier entries may be committed by the new majority alone.
  advanceCommit(raft);
  return index;
}

function configurationCommitted(raft: RaftState): void {
  const { configuration } = raft;
  if (isJoint(configuration)) {
    if (configuration.autoLeave) appendConfiguration(raft, leaveJoint(configuration));
    return;
  }
  tellDeparting(raft);
  if (!configuration.voters.includes(raft.id)) stepDownRemoved(raft);
}

/** One last append, so that a removed member knows that it was. If it is lost, the member only stays ignorant. */
function tellDeparting(raft: RaftState): void {
  const { log } = raft;
  for (const [to, progress] of raft.departing) {
    const prevTerm = log.term(progress.next - 1);
    if (progress.state !== 'replicate' || prevTerm === undefined || progress.next < log.firstIndex()) continue;
    const prevIndex = progress.next - 1;
    const entries = log.slice(progress.next, raft.history.latestIndex + 1, raft.settings.maxSizePerMsg);
    raft.send({
      type: 'append',
      from: raft.id,
      to,
      term: raft.term,
      prevIndex,
      prevTerm,
      entries,
      commit: log.committed,
    });
  }
  raft.departing.clear();
}

/** A leader outside the committed configuration has done its work (thesis 4.2.2); it names a successor to spare a timeout. */
function stepDownRemoved(raft: RaftState): void {
  replicate(raft);
  let successor: MemberId | null = null;
  let furthest = -1;
  for (const voter of raft.configuration.voters) {
    const match = raft.progress.get(voter)?.match ?? 0;
    if (match > furthest) [successor, furthest] = [voter, match];
  }
  if (successor !== null) raft.send({ type: 'timeout-now', from: raft.id, to: successor, term: raft.term });
  raft.becomeFollower(raft.term, null);
}
