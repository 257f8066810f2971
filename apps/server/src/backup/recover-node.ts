import type { CommittedEntry } from '@config-guardian/raft-node';
import { loneMember, nodeOf } from '@config-guardian/raft-node';
import type { ClusterMemberEntity } from '../cluster/cluster-member.entity';
import { clusterMembers } from '../cluster/cluster-members.table';
import { addMember } from '../cluster/commands/add-member.command';
import { announceMember } from '../cluster/commands/announce-member.command';
import { demoteMember } from '../cluster/commands/demote-member.command';
import { promoteMember } from '../cluster/commands/promote-member.command';
import { removeMember } from '../cluster/commands/remove-member.command';
import { decodeEnvelope } from '../consensus/envelope';
import type { NodeIdentity } from '../consensus/persister-meta';
import { writeBatch } from '../consensus/persister-batch';
import { PendingRows } from '../consensus/persister-pending';
import type { StatePosition } from '../consensus/state-machine';
import { firstEntry } from '../consensus/succession/first-entry';
import { indexesSkipped } from '../consensus/succession/indexes-skipped';
import { DatabaseSession } from '../database/database-session';
import type { StoppedNode, StoppedState } from './stopped-node';

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
export async function recover(node: StoppedNode, { identity: former }: Recovery): Promise<NodeIdentity> {
  const { identity, configuration } = loneMember(node.nodeId);
  const state = await node.state(isKept);
  const { index: lastIndex, ...position } = state.machine.position;
  const standing = { ...position, index: lastIndex + indexesSkipped };
  const succession = { clusterId: former.clusterId, succession: 'recovered', lastIndex } as const;
  const entries = [firstEntry(standing, succession)];
  await node.replace({ identity, configuration, after: standing, entries }, () =>
    takeOver(node, state, { identity, standing, membership: JSON.stringify(configuration) }),
  );
  return identity;
}

const ofTheMembers: ReadonlySet<string> = new Set(
  [addMember, announceMember, demoteMember, promoteMember, removeMember].map(({ type }) => type),
);

/** Nothing of the old cluster's members comes back. */
const isKept = ({ data }: CommittedEntry): boolean => data === null || !ofTheMembers.has(decodeEnvelope(data).type);

/**
 * In one transaction: what the log holds beyond the database, the new owner, and where its log begins. The members belong
 * to the old cluster, and none of them to the new one before it has joined again.
 */
async function takeOver(
  { dataSource, registry }: StoppedNode,
  { machine, stored, applied }: StoppedState,
  { identity, standing, membership }: { identity: NodeIdentity; standing: StatePosition; membership: string },
): Promise<void> {
  const rows = new PendingRows(dataSource, registry.tables).of(applied);
  const all = { position: standing, membership, entries: applied.length, ...rows };
  const whose = 'UPDATE raft_meta SET cluster_id = $1, incarnation = $2 WHERE id = 1';
  const also = [
    { text: 'DELETE FROM cluster_members', values: [] },
    { text: whose, values: [identity.clusterId, identity.incarnation] },
  ];
  const session = await DatabaseSession.open(dataSource, 'config-guardian recover');
  try {
    await session.query('SET statement_timeout = 0');
    await writeBatch(session, [all], stored.index, { durable: true, windowLength: machine.window.length, also });
  } finally {
    session.close();
  }
}
