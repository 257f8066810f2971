/// <reference lib="es2024.string" />
import type { LayoutColumn, TableLayout } from '../database/table-layout';
import { isTooLongToIndex, maxIndexedBytes } from './state/table-definition';

const largestInteger = 2 ** 31 - 1;
/** RFC 3339 with milliseconds; JavaScript writes years past 9999 longer, and PostgreSQL does not read those. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * What keeps PostgreSQL from holding exactly this row, or undefined. What apply accepts the database must accept, or
 * every node sticks at the same row for ever; a lone surrogate would even be stored as another character, silently.
 */
export function unstorable(layout: TableLayout, row: object): string | undefined {
  const values = row as Readonly<Record<string, unknown>>;
  for (const column of layout.columns) {
    const fault = faultOf(column, values[column.property]);
    if (fault !== undefined) return `${layout.name}.${column.name} ${fault}`;
  }
  return undefined;
}

function faultOf(column: LayoutColumn, value: unknown): string | undefined {
  if (value === null) return column.nullable ? undefined : 'is null';
  switch (column.type) {
    case 'text':
      return typeof value === 'string' ? textFault(value, column.indexed) : 'is no text';
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= largestInteger
        ? undefined
        : 'is no 32-bit integer';
    case 'bigint':
      return Number.isSafeInteger(value) ? undefined : 'is no safe integer';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is no boolean';
    default:
      return typeof value === 'string' && moment.test(value) ? undefined : 'is no moment in RFC 3339';
  }
}

function textFault(text: string, indexed: boolean): string | undefined {
  if (text.includes('\u0000')) return 'holds NUL';
  if (!text.isWellFormed()) return 'holds a lone surrogate';
  return indexed && isTooLongToIndex(text) ? `is indexed and longer than ${maxIndexedBytes} bytes` : undefined;
}
