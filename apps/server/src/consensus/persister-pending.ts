import type { DataSource } from 'typeorm';
import { layoutOf } from '../database/table-layout';
import type { PendingRow } from './persister-queue';
import { unstorable } from './persister-storable';
import { PersisterTable } from './persister-table';
import type { Applied } from './state-machine';
import type { RowChange } from './state/staging';
import type { TableDefinition } from './state/table-definition';

/** What a kept row costs beside its text: the object, its place in the queue and the small values. */
const rowOverheadBytes = 400;

/** Picks from what was applied the rows to write, refuses those that cannot be stored, and weighs them. */
export class PendingRows {
  readonly #tables: ReadonlyMap<string, PersisterTable>;

  constructor(dataSource: DataSource, tables: readonly TableDefinition<object, string>[]) {
    this.#tables = new Map(
      tables.map(({ name, kind, entity }) => [name, new PersisterTable(layoutOf(dataSource, entity), kind)]),
    );
  }

  of(applied: readonly Applied[]): { readonly rows: readonly PendingRow[]; readonly bytes: number } {
    const rows = applied.flatMap(({ changes }) => changes.map((change) => this.#pending(change)));
    return { rows, bytes: rows.reduce((sum, pending) => sum + weigh(pending), rowOverheadBytes * applied.length) };
  }

  /** Why the database could not hold what these changes would leave, or undefined. For the rehearsal of a command. */
  refusal(changes: readonly RowChange[]): string | undefined {
    for (const { table, after } of changes) {
      const fault = after && unstorable(this.#table(table.name).layout, after);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #pending(change: RowChange): PendingRow {
    const table = this.#table(change.table.name);
    const row = change.after ?? change.before;
    if (!row) throw new Error(`a change of ${table.name} holds no row`);
    const fault = this.refusal([change]);
    if (fault !== undefined) {
      throw new Error(
        `the state holds a row that no database can hold: ${fault}. The command should have been refused.`,
      );
    }
    return { table, key: change.key, row, deleted: change.after === undefined };
  }

  #table(name: string): PersisterTable {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`table ${name} is unknown to the persister`);
    return table;
  }
}

function weigh({ table, row }: PendingRow): number {
  let bytes = rowOverheadBytes;
  for (const { property, type } of table.layout.columns) {
    const value = (row as Readonly<Record<string, unknown>>)[property];
    if (type === 'text' && typeof value === 'string') bytes += 2 * value.length;
  }
  return bytes;
}
