import type { DataSource } from 'typeorm';
import { layoutOf, quoted, rowReader, selectList } from '../../database/table-layout';
import type { LayoutColumn, TableLayout } from '../../database/table-layout';
import type { TableDefinition } from '../state/table-definition';
import { rowTexts } from './snapshot-lines';

/**
 * Rows of one part, at most. A content may have a mebibyte, so as many are read as have so many bytes, but at least one: a
 * part is read, written as text and sealed at a stretch, and writes wait for that.
 */
const maxRows = 500;
const maxBytes = 512 * 1024;

export interface HistoryPart {
  readonly lines: string;
  /** Where the next part begins; null after the last. */
  readonly next: string | null;
}

export interface IndexRange {
  readonly after: number;
  readonly upTo: number;
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
  range: IndexRange,
  cursor: string | null,
): Promise<HistoryPart> {
  const all = historyTables(tables);
  const { table: name, key } =
    cursor === null ? { table: all[0]?.name ?? '', key: [] } : (JSON.parse(cursor) as Cursor);
  const at = all.findIndex((table) => table.name === name);
  const table = all[at];
  if (!table) return { lines: '', next: null };
  const layout = layoutOf(dataSource, table.entity);
  const select = <Row>(list: string, count: number): Promise<Row[]> =>
    dataSource.query<Row[]>(...nextRows(layout, list, range, key, count));
  const sizes = await select<{ size: number }>(sizeOf(layout), maxRows);
  const fitting = countThatFits(sizes);
  const found = await select<Record<string, unknown>>(selectList(layout), fitting);
  const rows = found.map(rowReader(layout));
  const lines = [...rowTexts(name, rows)].join('');
  if (fitting < sizes.length || sizes.length === maxRows) {
    const last = rows.at(-1) as Readonly<Record<string, unknown>>;
    return { lines, next: JSON.stringify({ table: name, key: table.key.map((column) => String(last[column])) }) };
  }
  const following = all[at + 1];
  return { lines, next: following ? JSON.stringify({ table: following.name, key: [] }) : null };
}

/** At least one, then as many as have no more than `maxBytes`. */
function countThatFits(sizes: readonly { readonly size: number }[]): number {
  let bytes = 0;
  const tooMany = sizes.findIndex(({ size }, n) => {
    bytes += size;
    return n > 0 && bytes > maxBytes;
  });
  return tooMany < 0 ? sizes.length : tooMany;
}

/** In bytes. PostgreSQL knows how long a text is without reading it. */
const sizeOf = ({ columns }: TableLayout): string =>
  `${columns
    .filter(({ type }) => type === 'text')
    .map(({ name }) => `coalesce(octet_length(${quoted(name)}), 0)`)
    .join(' + ')} AS size`;

function nextRows(
  layout: TableLayout,
  list: string,
  { after, upTo }: IndexRange,
  key: readonly string[],
  count: number,
): [text: string, values: unknown[]] {
  const index = quoted(indexColumn(layout.columns).name);
  const names = layout.key.map(({ name }) => quoted(name)).join(', ');
  const values = layout.key.map(({ type }, n) => `$${n + 3}::${type}`).join(', ');
  const beyond = key.length > 0 ? `AND (${names}) > (${values})` : '';
  const text = `SELECT ${list} FROM ${quoted(layout.name)}
      WHERE ${index} > $1 AND ${index} <= $2 ${beyond} ORDER BY ${names} LIMIT ${count}`;
  return [text, [after, upTo, ...key]];
}

/** The log index that wrote the row. */
function indexColumn(columns: readonly LayoutColumn[]): LayoutColumn {
  const found = columns.find(({ property }) => property === 'index' || property === 'modIndex');
  if (!found) throw new Error('a history table has no column with the log index of its rows');
  return found;
}
