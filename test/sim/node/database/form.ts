import type { TableLayout } from '../../../../apps/server/src/database/table-layout';
import type { Schema, StoredRow, Transaction } from './tables';

export interface Answer {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number;
}

/** A statement that the server refuses, as the driver tells it. */
export class Refusal extends Error {
  readonly severity = 'ERROR';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export type Values = readonly unknown[];
export type Execute = (transaction: Transaction, values: Values) => Answer;
export interface Form {
  readonly pattern: RegExp;
  compile(match: RegExpExecArray, schema: Schema): Execute;
}

export const counted = (rowCount: number): Answer => ({ rows: [], rowCount });

/** A row as the driver gives it, its columns named as the statement says. */
export function selected(layout: TableLayout, list: string): (row: StoredRow) => Record<string, unknown> {
  const columns = [...list.matchAll(/"(\w+)" AS "(\w+)"/g)].map(([, name, property]) => {
    const type = layout.columns.find((column) => column.name === name)?.type;
    if (type === undefined) throw new Error(`${layout.name} has no column ${name}`);
    return { name: name!, property: property!, type };
  });
  return (row) => Object.fromEntries(columns.map(({ name, property, type }) => [property, typed(type, row[name]!)]));
}

function typed(type: string, text: string | null): unknown {
  if (text === null) return null;
  if (type === 'integer') return Number(text);
  if (type === 'boolean') return text === 'true';
  return type === 'timestamptz' ? new Date(text) : text;
}
