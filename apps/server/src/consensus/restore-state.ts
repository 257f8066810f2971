import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../database/database-session';
import { DatabaseError } from '../database/open-database';
import type { CommandRegistry } from './command.registry';
import { writeThrough } from './persister-batch';
import type { CommandOutcomeEntity } from './command-outcome.entity';
import type { NodeIdentity } from './persister-meta';
import { readAppliedIndex } from './persister-meta';
import type { RaftMetaEntity } from './raft-meta.entity';
import { insertMeta, refuseForeign, refuseMisplaced } from './restore-state.checks';
import type { LogRange } from './restore-state.checks';
import { StateMachine } from './state-machine';
import { outcomesInWindow } from './outcome-window';
import { eachChunk, positionOf, readMeta } from './stored-rows';
import type { TableDefinition, VersionedRow } from './state/table-definition';

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
    // The process before this one may have died with a commit on its way: that is waited for, and not taken for a stranger's.
    await readAppliedIndex(session);
    const found = await readMeta(session, dataSource);
    if (found) refuseForeign(found, identity);
    refuseMisplaced(found?.appliedIndex ?? 0, log);
    // What a connection sees may be an asynchronous commit, and the log goes by it: it must not fall back any more.
    if (found) await writeThrough(session, found.appliedIndex);
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
    await eachChunk(session, dataSource, table, '', (rows) => {
      for (const row of rows) machine.state.load(table.name, row as VersionedRow);
    });
  }
  const outcomes = tables.find(({ name }) => name === 'command_outcomes');
  const window = outcomesInWindow(meta.appliedIndex, machine.window.length);
  if (outcomes) {
    await eachChunk(session, dataSource, outcomes, window, (rows) => {
      for (const row of rows) {
        const { index, commandId, fingerprint, outcome } = row as CommandOutcomeEntity;
        machine.window.keep(commandId, index, fingerprint, outcome);
      }
    });
  }
  await session.query('COMMIT');
  machine.restore(positionOf(meta), meta.membership);
  refuseChanged(machine, meta);
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
