import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../database/database-session';
import { DatabaseError } from '../database/open-database';
import { layoutOf, quoted, rowReader, selectList } from '../database/table-layout';
import type { CommandRegistry } from './command.registry';
import type { CommandOutcomeEntity } from './command-outcome.entity';
import type { NodeIdentity } from './persister-meta';
import { RaftMetaEntity } from './raft-meta.entity';
import { insertMeta, refuseForeign, refuseMisplaced } from './restore-state.checks';
import type { LogRange } from './restore-state.checks';
import { StateMachine } from './state-machine';
import type { TableDefinition, VersionedRow } from './state/table-definition';

/** Rows of one round trip: few enough to keep memory and the event loop free, enough to make the trips cheap. */
const chunkRows = 5_000;

/**
 * The state machine as the database holds it; the log continues it from the index after. Throws a DatabaseError, whose
 * message says what to do, when the database and this node's log do not belong together.
 */
export async function restoreState(
  dataSource: DataSource,
  registry: CommandRegistry,
  identity: NodeIdentity,
  log: LogRange,
  options: { readonly windowLength?: number } = {},
): Promise<StateMachine> {
  const machine = new StateMachine(registry, options);
  const session = await DatabaseSession.open(dataSource, 'config-guardian boot');
  try {
    const found = await readMeta(session, dataSource);
    if (found) refuseForeign(found, identity);
    refuseMisplaced(found?.appliedIndex ?? 0, log);
    if (found) await load(session, dataSource, machine, registry.tables);
    else await insertMeta(session, identity, machine, registry.tables);
    return machine;
  } finally {
    session.close();
  }
}

/** One snapshot of the database for all tables, so that nothing is read from before and after another's write. */
async function load(
  session: DatabaseSession,
  dataSource: DataSource,
  machine: StateMachine,
  tables: readonly TableDefinition<object, string>[],
): Promise<void> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const meta = await readMeta(session, dataSource);
  if (!meta) throw new DatabaseError('The row of raft_meta vanished while this node was starting. Start it again.');
  for (const table of tables) {
    if (table.kind === 'history') continue;
    await eachRow(session, dataSource, table, '', (row) => machine.state.load(table.name, row as VersionedRow));
  }
  const outcomes = tables.find(({ name }) => name === 'command_outcomes');
  const window = `WHERE index > ${meta.appliedIndex - machine.window.length} ORDER BY index`;
  if (outcomes) {
    await eachRow(session, dataSource, outcomes, window, (row) => {
      const { index, commandId, fingerprint, outcome } = row as CommandOutcomeEntity;
      machine.window.keep(commandId, index, fingerprint, outcome);
    });
  }
  await session.query('COMMIT');
  machine.restore({
    index: meta.appliedIndex,
    term: meta.appliedTerm,
    lastAtMs: Date.parse(meta.lastAt),
    auditHead: { index: meta.auditHeadIndex, hash: meta.auditHeadHash },
    clusterVersion: meta.clusterVersion,
  });
  refuseChanged(machine, meta);
}

async function readMeta(session: DatabaseSession, dataSource: DataSource): Promise<RaftMetaEntity | undefined> {
  const layout = layoutOf(dataSource, RaftMetaEntity);
  const { rows } = await session.query(`SELECT ${selectList(layout)} FROM raft_meta WHERE id = 1`);
  return rows[0] && (rowReader(layout)(rows[0]) as RaftMetaEntity);
}

async function eachRow(
  session: DatabaseSession,
  dataSource: DataSource,
  table: TableDefinition<object, string>,
  condition: string,
  take: (row: object) => void,
): Promise<void> {
  const layout = layoutOf(dataSource, table.entity);
  const read = rowReader(layout);
  await session.query(
    `DECLARE rows NO SCROLL CURSOR FOR SELECT ${selectList(layout)} FROM ${quoted(layout.name)} ${condition}`,
  );
  for (let fetched = chunkRows; fetched === chunkRows;) {
    const { rows } = await session.query(`FETCH ${chunkRows} FROM rows`);
    for (const row of rows) take(read(row));
    fetched = rows.length;
  }
  await session.query('CLOSE rows');
}

function refuseChanged(machine: StateMachine, meta: RaftMetaEntity): void {
  const { rowHash } = machine.position;
  if (rowHash === meta.rowHash) return;
  throw new DatabaseError(
    `The rows of the database do not give the hash that was written with them at index ${meta.appliedIndex} ` +
      `(${rowHash} instead of ${meta.rowHash}): somebody changed them outside of this service, or storage is damaged. ` +
      'Restore this node from a backup; in a cluster, remove it and let a new node take its place.',
  );
}
