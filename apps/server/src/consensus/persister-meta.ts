import type { DatabaseSession } from '../database/database-session';
import type { StatePosition } from './state-machine';

/** Whose database it is. A node never writes into another's. */
export interface NodeIdentity {
  readonly clusterId: string;
  readonly nodeId: string;
  /** The random part of the member, minted with its log: another log means another incarnation. */
  readonly incarnation: string;
}

/** Moves the one row from the index it must stand at; the row lock it takes keeps a second writer out. */
export const moveMeta = `UPDATE raft_meta SET applied_index = $2, applied_term = $3, last_at = $4, row_hash = $5,
  audit_head_index = $6, audit_head_hash = $7, cluster_version = $8, membership = $9
  WHERE id = 1 AND applied_index = $1`;

export const metaValues = (from: number, position: StatePosition, membership: string): readonly unknown[] => [
  from,
  position.index,
  position.term,
  new Date(position.lastAtMs).toISOString(),
  position.rowHash,
  position.auditHead.index,
  position.auditHead.hash,
  position.clusterVersion,
  membership,
];

/** Writes nothing new, but is a write: only a transaction that wrote waits for the disk when it commits. */
export const touchMeta = 'UPDATE raft_meta SET applied_index = applied_index WHERE id = 1 AND applied_index = $1';

/**
 * Where the database stands. The row lock makes this wait for a transaction of a connection that this node has lost,
 * but the server has not yet given up.
 */
export async function readAppliedIndex(session: DatabaseSession): Promise<number | undefined> {
  const found = await session.query<{ applied_index: string }>(
    'SELECT applied_index FROM raft_meta WHERE id = 1 FOR UPDATE',
  );
  return found.rows[0] && Number(found.rows[0].applied_index);
}

/** Makes the database this node's; false when it is somebody's already. */
export async function insertMetaRow(
  session: DatabaseSession,
  { clusterId, nodeId, incarnation }: NodeIdentity,
  position: StatePosition,
  membership: string,
): Promise<boolean> {
  const inserted = await session.query(
    `INSERT INTO raft_meta (id, cluster_id, node_id, incarnation, applied_index, applied_term, last_at, row_hash,
      audit_head_index, audit_head_hash, cluster_version, membership)
      VALUES (1, $10, $11, $12, $1::bigint + $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
    [...metaValues(0, position, membership), clusterId, nodeId, incarnation],
  );
  return inserted.rowCount === 1;
}
