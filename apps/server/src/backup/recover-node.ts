import type { LogEntry } from '@config-guardian/raft-node';
import { asCommitted, loneMember, nodeOf } from '@config-guardian/raft-node';
import type { ClusterMemberEntity } from '../cluster/cluster-member.entity';
import { clusterMembers } from '../cluster/cluster-members.table';
import { addMember } from '../cluster/commands/add-member.command';
import { announceMember } from '../cluster/commands/announce-member.command';
import { demoteMember } from '../cluster/commands/demote-member.command';
import { promoteMember } from '../cluster/commands/promote-member.command';
import { removeMember } from '../cluster/commands/remove-member.command';
import { decodeEnvelope } from '../consensus/envelope';
import type { NodeIdentity } from '../consensus/persister-meta';
import type { StatePosition } from '../consensus/state-machine';
import { DatabaseSession } from '../database/database-session';
import { DatabaseError } from '../database/open-database';
import type { StoppedNode } from './stopped-node';

/** What this node holds of its cluster, and nobody knows whether there is more. */
export interface Recovery {
  readonly identity: NodeIdentity;
  /** Where the database stands; the log goes on from there. */
  readonly stored: StatePosition;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly term: number;
  readonly lastAt: string;
  /** The other members by their node ids, with what is known of them. */
  readonly others: readonly { readonly nodeId: string; readonly row: ClusterMemberEntity | undefined }[];
}

/** Why there is nothing to recover, or not here. */
export class NotRecoverable extends Error {
  override readonly name = 'NotRecoverable';
}

export async function recoveryOf(node: StoppedNode): Promise<Recovery> {
  const { log } = node;
  if (!log) throw new NotRecoverable('There is no log in DATA_DIR: this node was never a member of a cluster.');
  const { machine, stored } = await node.state();
  const others = node
    .membersOf(machine)
    .map(nodeOf)
    .filter((nodeId) => nodeId !== node.nodeId);
  if (others.length === 0)
    throw new NotRecoverable(`${node.nodeId} is the only member of its cluster and needs nobody's vote: start it.`);
  const { index, term, lastAtMs } = machine.position;
  return {
    identity: log.identity,
    stored,
    lastIndex: index,
    lastTerm: term,
    term: log.term,
    lastAt: new Date(lastAtMs).toISOString(),
    others: others.map((nodeId) => ({ nodeId, row: machine.state.of(clusterMembers).get(nodeId) })),
  };
}

/** Makes the node the only member of a new cluster that goes on with all that it holds. Resolves with whose it is now. */
export async function recover(node: StoppedNode, { stored }: Recovery): Promise<NodeIdentity> {
  const { identity, configuration } = loneMember(node.nodeId);
  const entries = keptEntries(node.log?.after(stored) ?? []);
  const { index, term } = stored;
  await node.replace({ identity, configuration, after: { index, term }, entries }, () =>
    changeOwner(node, identity, JSON.stringify(configuration), index),
  );
  return identity;
}

const ofTheMembers: ReadonlySet<string> = new Set(
  [addMember, announceMember, demoteMember, promoteMember, removeMember].map(({ type }) => type),
);

/** Every index keeps its entry, but nothing of the old cluster's members comes back. */
function* keptEntries(entries: Iterable<LogEntry>): Generator<LogEntry> {
  for (const entry of entries) {
    const { index, term, kind } = entry;
    const { data } = asCommitted(entry);
    const isOfOldCluster = kind === 'configuration' || (data && ofTheMembers.has(decodeEnvelope(data).type));
    yield isOfOldCluster ? { index, term, kind: 'no-op', data: new Uint8Array(0) } : entry;
  }
}

/** The members belong to the old cluster, and none of them to the new one before it has joined again. */
async function changeOwner(
  { dataSource }: StoppedNode,
  { clusterId, incarnation }: NodeIdentity,
  membership: string,
  appliedIndex: number,
): Promise<void> {
  const session = await DatabaseSession.open(dataSource, 'config-guardian recover');
  try {
    await session.query('BEGIN; SET LOCAL synchronous_commit = on');
    await session.query('DELETE FROM cluster_members');
    const { rowCount } = await session.query(
      'UPDATE raft_meta SET cluster_id = $1, incarnation = $2, membership = $3 WHERE id = 1 AND applied_index = $4',
      [clusterId, incarnation, membership, appliedIndex],
    );
    if (rowCount !== 1) throw new DatabaseError('Somebody wrote to the database meanwhile. Nothing was changed.');
    const { command } = await session.query('COMMIT');
    if (command !== 'COMMIT') throw new DatabaseError(`The transaction ended in ${command}. Nothing was changed.`);
  } finally {
    session.close();
  }
}
