import type { DatabaseSession } from '../database/database-session';
import { DatabaseError } from '../database/open-database';
import { quoted } from '../database/table-layout';
import type { NodeIdentity } from './persister-meta';
import { insertMetaRow } from './persister-meta';
import type { RaftMetaEntity } from './raft-meta.entity';
import type { StateMachine } from './state-machine';
import type { TableDefinition } from './state/table-definition';

/** The entries that the log still holds; an empty log has a last index below its first. */
export interface LogRange {
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Of a snapshot that was being installed when the node stopped: the database may have it, and the log not yet. */
  readonly installingIndex?: number | null;
}

/** Makes an empty database this node's own. */
export async function insertMeta(
  session: DatabaseSession,
  identity: NodeIdentity,
  machine: StateMachine,
  tables: readonly TableDefinition<object, string>[],
): Promise<void> {
  await session.query('BEGIN; SET LOCAL synchronous_commit = on');
  for (const { name } of tables) {
    const { rowCount } = await session.query(`SELECT 1 FROM ${quoted(name)} LIMIT 1`);
    if (rowCount === 0) continue;
    throw new DatabaseError(
      `The database has rows in ${name} but no record of the node that they belong to (table raft_meta). ` +
        'Restore the whole database from a backup, or give this node an empty one.',
    );
  }
  const inserted = await insertMetaRow(session, identity, machine.position, machine.membership);
  await session.query('COMMIT');
  if (inserted) return;
  throw new DatabaseError(
    'Another node took this database for its own at the same moment. Give every node a database of its own.',
  );
}

export function refuseForeign(found: NodeIdentity & RaftMetaEntity, identity: NodeIdentity): void {
  const same = (name: keyof NodeIdentity): boolean => found[name] === identity[name];
  if (same('clusterId') && same('nodeId') && same('incarnation')) return;
  const whose = (of: NodeIdentity): string => `node ${of.nodeId} (${of.incarnation}) of cluster ${of.clusterId}`;
  const ways =
    same('clusterId') && same('nodeId')
      ? 'The data directory was emptied or replaced while the database was kept: put the old data directory back, or empty both and let the node join again.'
      : 'Correct DATABASE_URL or DATA_DIR: every node has one of each, and they belong together.';
  throw new DatabaseError(`The database belongs to ${whose(found)}, the data directory to ${whose(identity)}. ${ways}`);
}

export function refuseMisplaced(appliedIndex: number, { firstIndex, lastIndex, installingIndex }: LogRange): void {
  if (appliedIndex === installingIndex) return;
  if (appliedIndex > lastIndex) {
    throw new DatabaseError(
      `The database stands at index ${appliedIndex}, ahead of the log, which ends at ${lastIndex}: the data directory is ` +
        'older than the database. Put the newest data directory back; in a cluster, remove this node and add it again, empty.',
    );
  }
  if (appliedIndex + 1 < firstIndex) {
    throw new DatabaseError(
      `The database stands at index ${appliedIndex}, but the log begins only at ${firstIndex}: the database is empty or an old ` +
        'copy. Put the newest database back or restore a later backup; in a cluster, remove this node and add it again, empty.',
    );
  }
}
