import type { DataSource } from 'typeorm';
import { layoutOf, quoted, rowReader, selectList } from '../../database/table-layout';
import type { LayoutColumn } from '../../database/table-layout';
import type { TableDefinition } from '../state/table-definition';
import { rowLines } from './snapshot-lines';

/** Rows of one part. A content may have a mebibyte, so a part is cut by bytes as well. */
const maxRows = 2_000;
const maxBytes = 4 * 1024 ** 2;

export interface HistoryPart {
  readonly lines: string;
  /** Where the next part begins; null after the last. */
  readonly next: string | null;
}

interface Cursor {
  readonly table: string;
  /** The key of the last row, as text; empty at the beginning of a table. */
  readonly key: readonly string[];
}

/** Tables that only grow: what an index range of them holds never changes, so it is read without one long transaction. */
export const historyTables = (
  tables: readonly TableDefinition<object, string>[],
): readonly TableDefinition<object, string>[] =>
  tables.filter(({ kind, name }) => kind === 'history' && name !== 'command_outcomes');

/** The rows with `after` < index <= `upTo` from the cursor on, table by table, in the order of their keys. */
export async function readHistory(
  dataSource: DataSource,
  tables: readonly TableDefinition<object, string>[],
  range: { readonly after: number; readonly upTo: number },
  cursor: string | null,
): Promise<HistoryPart> {
  const all = historyTables(tables);
  const { table: name, key } =
    cursor === null ? { table: all[0]?.name ?? '', key: [] } : (JSON.parse(cursor) as Cursor);
  const at = all.findIndex((table) => table.name === name);
  const table = all[at];
  if (!table) return { lines: '', next: null };
  const rows = await rowsAfter(dataSource, table, range, key);
  const { lines, taken } = cut(table.name, rows);
  if (taken < rows.length || rows.length === maxRows) {
    const last = rows[taken - 1] as Readonly<Record<string, unknown>>;
    return { lines, next: JSON.stringify({ table: name, key: table.key.map((column) => String(last[column])) }) };
  }
  const following = all[at + 1];
  return { lines, next: following ? JSON.stringify({ table: following.name, key: [] }) : null };
}

async function rowsAfter(
  dataSource: DataSource,
  table: TableDefinition<object, string>,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  key: readonly string[],
): Promise<readonly object[]> {
  const layout = layoutOf(dataSource, table.entity);
  const index = quoted(indexColumn(layout.columns).name);
  const names = layout.key.map(({ name }) => quoted(name)).join(', ');
  const values = layout.key.map(({ type }, n) => `$${n + 3}::${type}`).join(', ');
  const beyond = key.length > 0 ? `AND (${names}) > (${values})` : '';
  const rows = await dataSource.query<Record<string, unknown>[]>(
    `SELECT ${selectList(layout)} FROM ${quoted(layout.name)}
      WHERE ${index} > $1 AND ${index} <= $2 ${beyond} ORDER BY ${names} LIMIT ${maxRows}`,
    [after, upTo, ...key],
  );
  return rows.map(rowReader(layout));
}

/** The log index that wrote the row. */
function indexColumn(columns: readonly LayoutColumn[]): LayoutColumn {
  const found = columns.find(({ property }) => property === 'index' || property === 'modIndex');
  if (!found) throw new Error('a history table has no column with the log index of its rows');
  return found;
}

/** At least one row, then as many as fit. */
function cut(table: string, rows: readonly object[]): { lines: string; taken: number } {
  let lines = '';
  let taken = 0;
  for (const row of rows) {
    const line = rowLines(table, [row]);
    if (taken > 0 && lines.length + line.length > maxBytes) break;
    lines += line;
    taken += 1;
  }
  return { lines, taken };
}
