import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../../database/database-session';
import { layoutOf, quoted } from '../../database/table-layout';
import type { CommandOutcomeEntity } from '../command-outcome.entity';
import type { CommandRegistry } from '../command.registry';
import type { NodeIdentity } from '../persister-meta';
import { insertMetaRow, metaValues, moveMeta, readAppliedIndex } from '../persister-meta';
import { PersisterTable } from '../persister-table';
import { StateMachine } from '../state-machine';
import type { VersionedRow } from '../state/table-definition';
import type { SnapshotHeader } from './snapshot-lines';
import { headerOf, linesOf, rowOf } from './snapshot-lines';
import { currentFile } from './take-snapshot';

export const historyFile = 'history';

/** Rows written by one statement, and the most text of them. */
const maxRows = 2_000;
const maxChars = 4 * 1024 ** 2;
/** To empty a large table takes longer than any other statement may; a server that hangs is given up some time. */
const longestMs = 15 * 60_000;

export interface Installed {
  readonly machine: StateMachine;
  readonly header: SnapshotHeader;
}

/** A snapshot that does not give the state that it promises. Nothing was changed. */
export class SnapshotRefused extends Error {
  override readonly name = 'SnapshotRefused';
}

export interface InstallOptions {
  readonly windowLength?: number;
  /** The database becomes this node's, whoever's it was, and the history in it is replaced as well: for a restore. */
  readonly newOwner?: NodeIdentity;
}

/**
 * Replaces what the database holds by the snapshot in `directory`, in one transaction with a synchronous commit, and
 * gives the state machine that goes with it. What this database has of the history stays, and may come again: history
 * never changes.
 * Nothing else may write to the database meanwhile.
 */
export async function installSnapshot(
  dataSource: DataSource,
  registry: CommandRegistry,
  directory: string,
  snapshot: { readonly index: number; readonly membership: string },
  { windowLength, newOwner }: InstallOptions = {},
): Promise<Installed> {
  const session = await DatabaseSession.open(dataSource, 'config-guardian install', undefined, {
    query_timeout: longestMs,
  });
  try {
    await session.query('BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = 0');
    const from = await readAppliedIndex(session);
    if (newOwner) await session.query('DELETE FROM raft_meta');
    else if (from === undefined) throw new Error('the database belongs to no node yet');
    for (const { name, kind } of registry.tables) {
      const isReplaced = kind === 'current' || name === 'command_outcomes' || newOwner !== undefined;
      if (isReplaced) await session.query(`DELETE FROM ${quoted(name)}`);
    }
    const machine = new StateMachine(registry, windowLength === undefined ? {} : { windowLength });
    const header = await loadFile(dataSource, session, registry, directory, machine);
    refuseOther(header, snapshot.index, machine);
    machine.restore(header, snapshot.membership);
    const moved = newOwner
      ? await insertMetaRow(session, newOwner, machine.position, snapshot.membership)
      : (await session.query(moveMeta, metaValues(from ?? 0, machine.position, snapshot.membership))).rowCount === 1;
    if (!moved) throw new Error(`the database has left index ${from} while a snapshot was installed`);
    const { command } = await session.query('COMMIT');
    if (command !== 'COMMIT') throw new Error(`the transaction ended in ${command}`);
    return { machine, header };
  } finally {
    session.close();
  }
}

async function loadFile(
  dataSource: DataSource,
  session: DatabaseSession,
  registry: CommandRegistry,
  directory: string,
  machine: StateMachine,
): Promise<SnapshotHeader> {
  const batches = new RowBatches(dataSource, registry, session);
  let header: SnapshotHeader | undefined;
  for await (const line of linesOf(join(directory, currentFile))) {
    if (!header) {
      header = headerOf(line);
      continue;
    }
    const { table, row } = rowOf(line);
    if (table === 'command_outcomes') {
      const { commandId, index, fingerprint, outcome } = row as CommandOutcomeEntity;
      machine.window.keep(commandId, index, fingerprint, outcome);
    } else machine.state.load(table, row as VersionedRow);
    await batches.add(table, row, line.length);
  }
  for await (const line of linesOf(join(directory, historyFile))) {
    const { table, row } = rowOf(line);
    await batches.add(table, row, line.length);
  }
  await batches.write();
  return headerOf(header && JSON.stringify(header));
}

function refuseOther(header: SnapshotHeader, index: number, machine: StateMachine): void {
  if (header.index !== index) throw new SnapshotRefused(`the snapshot stands at ${header.index}, not at ${index}`);
  const { rowHash } = machine.position;
  if (rowHash === header.rowHash) return;
  throw new SnapshotRefused(`the rows of the snapshot give the hash ${rowHash} instead of ${header.rowHash}`);
}

/** Collects the rows of one table after the other, and writes them set-wise. */
class RowBatches {
  readonly #tables: ReadonlyMap<string, PersisterTable>;
  #name = '';
  #rows: object[] = [];
  #chars = 0;

  constructor(
    dataSource: DataSource,
    registry: CommandRegistry,
    private readonly session: DatabaseSession,
  ) {
    this.#tables = new Map(
      registry.tables.map(({ name, kind, entity }) => [name, new PersisterTable(layoutOf(dataSource, entity), kind)]),
    );
  }

  async add(table: string, row: object, chars: number): Promise<void> {
    const isFull = this.#rows.length >= maxRows || this.#chars >= maxChars;
    if (table !== this.#name || isFull) await this.write();
    this.#name = table;
    this.#rows.push(row);
    this.#chars += chars;
  }

  async write(): Promise<void> {
    const [rows, table] = [this.#rows, this.#tables.get(this.#name)];
    if (rows.length === 0) return;
    if (!table) throw new SnapshotRefused(`the snapshot has rows of ${this.#name}, which this build does not know`);
    this.#rows = [];
    this.#chars = 0;
    const { text, values } = table.kind === 'history' ? table.writeMissing(rows) : table.write(rows);
    await this.session.query(text, values);
  }
}
