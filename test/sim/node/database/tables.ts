import type { DataSource } from 'typeorm';
import { RaftMetaEntity } from '../../../../apps/server/src/consensus/raft-meta.entity';
import type { TableDefinition } from '../../../../apps/server/src/consensus/state/table-definition';
import type { TableLayout } from '../../../../apps/server/src/database/table-layout';
import { layoutOf } from '../../../../apps/server/src/database/table-layout';

/** A row as the server keeps it: each column as text, or null. */
export type StoredRow = Readonly<Record<string, string | null>>;

/** The layouts of all tables, by name. */
export type Schema = ReadonlyMap<string, TableLayout>;

export function schemaOf(dataSource: DataSource, tables: readonly TableDefinition<object, string>[]): Schema {
  const layouts = [...tables.map(({ entity }) => entity), RaftMetaEntity].map((entity) => layoutOf(dataSource, entity));
  return new Map(layouts.map((layout) => [layout.name, layout]));
}

export const keyOfRow = (layout: TableLayout, row: StoredRow): string =>
  layout.key.map(({ name }) => row[name]).join('\0');

/** One row before and after. */
export interface StoredChange {
  readonly table: string;
  readonly key: string;
  readonly before: StoredRow | undefined;
  readonly after: StoredRow | undefined;
}

/** What a server holds, and how to go back from a commit. */
export class Tables {
  private constructor(private readonly rows: ReadonlyMap<string, Map<string, StoredRow>>) {}

  static empty(schema: Schema): Tables {
    return new Tables(new Map([...schema.keys()].map((name) => [name, new Map()])));
  }

  copy(): Tables {
    return new Tables(new Map([...this.rows].map(([name, rows]) => [name, new Map(rows)])));
  }

  of(table: string): Map<string, StoredRow> {
    const rows = this.rows.get(table);
    if (rows === undefined) throw new Error(`the simulated database has no table ${table}`);
    return rows;
  }

  redo(changes: readonly StoredChange[]): void {
    for (const { table, key, after } of changes) this.set(table, key, after);
  }

  undo(changes: readonly StoredChange[]): void {
    for (const { table, key, before } of changes) this.set(table, key, before);
  }

  private set(table: string, key: string, row: StoredRow | undefined): void {
    if (row === undefined) this.of(table).delete(key);
    else this.of(table).set(key, row);
  }
}

/** What one transaction sees: the tables, with its own changes on top. */
export class Transaction {
  private readonly changed = new Map<string, Map<string, StoredRow | undefined>>();
  /** Nothing but the row of `raft_meta`, and that as it was. */
  isTouchOnly = false;
  /** Set by the first statement that failed: what follows fails too, and COMMIT rolls back. */
  hasFailed = false;
  cursor: { rows: Record<string, unknown>[]; at: number } | undefined;

  constructor(
    private readonly tables: Tables,
    readonly isSynchronous: boolean,
    readonly isReadOnly: boolean,
  ) {}

  get(table: string, key: string): StoredRow | undefined {
    const changed = this.changed.get(table);
    return changed?.has(key) ? changed.get(key) : this.tables.of(table).get(key);
  }

  *rowsOf(table: string): Generator<readonly [string, StoredRow]> {
    const changed = this.changed.get(table);
    for (const [key, row] of this.tables.of(table)) if (!changed?.has(key)) yield [key, row];
    for (const [key, row] of changed ?? []) if (row !== undefined) yield [key, row];
  }

  set(table: string, key: string, row: StoredRow | undefined): void {
    let changed = this.changed.get(table);
    if (changed === undefined) this.changed.set(table, (changed = new Map()));
    changed.set(key, row);
  }

  get changes(): StoredChange[] {
    return [...this.changed].flatMap(([table, rows]) =>
      [...rows].map(([key, after]) => ({ table, key, before: this.tables.of(table).get(key), after })),
    );
  }
}
