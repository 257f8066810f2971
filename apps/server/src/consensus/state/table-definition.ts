import type { ObjectLiteral } from 'typeorm';

export type EntityClass<Row> = new () => Row;

/** Every row of the replicated state carries the log index that last changed it. */
export interface VersionedRow extends ObjectLiteral {
  readonly modIndex: number;
}

/**
 * A table of the replicated state. The rows are the plain shape of a TypeORM entity, so the columns exist once.
 * `current` tables are held in memory and take part in the state hash; `history` tables are appended to, never read by
 * an applier and live in PostgreSQL only.
 */
export interface TableDefinition<Row extends object = object, Indexes extends string = string> {
  readonly name: string;
  readonly entity: EntityClass<Row>;
  readonly kind: 'current' | 'history';
  readonly key: readonly string[];
  readonly unique: Readonly<Record<string, readonly string[]>>;
  readonly indexes: Readonly<Record<Indexes, readonly string[]>>;
  /** False for what belongs to one cluster and not to its content: it takes no part in the state hash. */
  readonly isHashed: boolean;
}

/** Rows of an index come in the order of the primary key within equal index values. */
export function defineTable<Row extends VersionedRow>() {
  return <const Indexes extends string = never>(definition: {
    name: string;
    entity: EntityClass<Row>;
    key: readonly (keyof Row & string)[];
    /** No two rows share these values; rows with a null among them are left out. */
    unique?: Readonly<Record<string, readonly (keyof Row & string)[]>>;
    indexes?: Readonly<Record<Indexes, readonly (keyof Row & string)[]>>;
    isHashed?: boolean;
  }): TableDefinition<Row, Indexes> => ({
    kind: 'current',
    unique: {},
    isHashed: true,
    ...definition,
    indexes: definition.indexes ?? ({} as Record<Indexes, readonly (keyof Row & string)[]>),
  });
}

export function defineHistory<Row extends object>(definition: {
  name: string;
  entity: EntityClass<Row>;
  key: readonly (keyof Row & string)[];
}): TableDefinition<Row, never> {
  return { kind: 'history', unique: {}, indexes: {}, isHashed: false, ...definition };
}

/** A reference from one current table to another, kept true by the state machine and by a deferrable foreign key. */
export interface ReferenceDefinition<
  Child extends VersionedRow = VersionedRow,
  Parent extends VersionedRow = VersionedRow,
> {
  readonly from: TableDefinition<Child, string>;
  /** An index of `from` over exactly the referring columns, in the order of the parent's key. */
  readonly index: string;
  readonly to: TableDefinition<Parent, string>;
  readonly onDelete: 'cascade' | 'restrict';
}

/** PostgreSQL refuses an index entry of more than a third of a page; two such values fit in one. */
export const maxIndexedBytes = 1_024;

/** No character takes more than three bytes for each UTF-16 unit. */
export const isTooLongToIndex = (text: string): boolean =>
  text.length * 3 > maxIndexedBytes && Buffer.byteLength(text) > maxIndexedBytes;

/** Text columns never hold NUL, so it separates the parts of an encoded key. */
const separator = '\u0000';

export function encodeKey(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : values.map(String).join(separator);
}

/** `encodeKey` of these columns, without the lists between: every access to a row goes through here. */
export function keyOf(row: object, columns: readonly string[]): string {
  const record = row as Readonly<Record<string, unknown>>;
  let key = String(record[columns[0] ?? '']);
  for (let at = 1; at < columns.length; at++) key += separator + String(record[columns[at] ?? '']);
  return key;
}

export function hasNull(row: object, columns: readonly string[]): boolean {
  const record = row as Readonly<Record<string, unknown>>;
  return columns.some((column) => record[column] === null);
}

export const prefixOf = (key: string): string => key + separator;

/** The first text after this one, in UTF-16 order. */
export const nextText = (text: string): string => text + '\u0000';

/** The first text after all that begin with this prefix, in UTF-16 order; a prefix that `prefixOf` made has one. */
export function endOfPrefix(prefix: string): string {
  let length = prefix.length;
  while (prefix.charCodeAt(length - 1) === 0xffff) length -= 1;
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
}
