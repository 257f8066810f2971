import type { ColumnOptions } from 'typeorm';

/** A log index or another count: bigint in PostgreSQL, a safe integer in the rows (the driver returns text). */
export const safeInteger = {
  type: 'bigint',
  transformer: {
    from: (value: string | null) => (value === null ? null : Number(value)),
    to: (value: number | null) => value,
  },
} as const satisfies ColumnOptions;

/** A moment, RFC 3339 in UTC with milliseconds in the rows. */
export const timestamp = {
  type: 'timestamptz',
  precision: 3,
  transformer: { from: (value: Date | null) => value?.toISOString() ?? null, to: (value: string | null) => value },
} as const satisfies ColumnOptions;
