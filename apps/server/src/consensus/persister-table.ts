import type { LayoutColumn, TableLayout } from '../database/table-layout';
import { quoted } from '../database/table-layout';
import { textArray } from './text-array';

/** A statement over a whole set of rows: one array for each column. */
export interface SetStatement {
  readonly text: string;
  readonly values: readonly (string | Buffer)[];
}

/** How the rows of one table are written set by set. The text of each statement is made once. */
export class PersisterTable {
  readonly #upsert: string;
  readonly #insert: string;
  readonly #delete: string;

  constructor(
    readonly layout: TableLayout,
    readonly kind: 'current' | 'history',
  ) {
    const { columns, key } = layout;
    const name = quoted(layout.name);
    const names = columns.map((column) => quoted(column.name)).join(', ');
    const updates = columns
      .filter((column) => !column.primary)
      .map(({ name: n }) => `${quoted(n)} = EXCLUDED.${quoted(n)}`);
    this.#insert = `INSERT INTO ${name} (${names}) SELECT * FROM unnest(${arraysOf(columns)})`;
    this.#upsert = `${this.#insert} ON CONFLICT (${key.map((column) => quoted(column.name)).join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
    const matches = key.map((column, at) => `stored.${quoted(column.name)} = gone.k${at}`).join(' AND ');
    const aliases = key.map((_, at) => `k${at}`).join(', ');
    this.#delete = `DELETE FROM ${name} AS stored USING unnest(${arraysOf(key)}) AS gone(${aliases}) WHERE ${matches}`;
  }

  get name(): string {
    return this.layout.name;
  }

  /** A history row that is there already was written by somebody else: that must fail, not be overwritten. */
  write(rows: readonly object[]): SetStatement {
    const text = this.kind === 'history' ? this.#insert : this.#upsert;
    return { text, values: this.layout.columns.map((column) => arrayOf(column, rows)) };
  }

  /** For rows that may be there already, the very same ones: history that two sources hold. */
  writeMissing(rows: readonly object[]): SetStatement {
    return { ...this.write(rows), text: `${this.#insert} ON CONFLICT DO NOTHING` };
  }

  delete(rows: readonly object[]): SetStatement {
    return { text: this.#delete, values: this.layout.key.map((column) => arrayOf(column, rows)) };
  }
}

const arraysOf = (columns: readonly LayoutColumn[]): string =>
  columns.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ');

/** What is no text has nothing to escape, and PostgreSQL reads its text form. */
function arrayOf({ property, toDatabase, type }: LayoutColumn, rows: readonly object[]): string | Buffer {
  const elements = rows.map((row) => {
    const held = (row as Readonly<Record<string, unknown>>)[property];
    const value = toDatabase ? toDatabase(held) : held;
    return value === null || value === undefined ? null : String(value);
  });
  return type === 'text' ? textArray(elements) : `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}
