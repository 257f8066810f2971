import BTree from 'sorted-btree';
import type { TableDefinition, VersionedRow } from './table-definition';
import { hasNull, isTooLongToIndex, keyOf, prefixOf } from './table-definition';

/** Strings in UTF-16 order, the same on every node. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keys: Map<string, string>;
}

interface Index {
  readonly columns: readonly string[];
  readonly keys: BTree<string, string>;
}

/**
 * The rows of one current table with their indexes. Knows nothing of commands: the staging calls `set` and `remove`.
 * Indexes lead to primary keys and not to rows, so a change that leaves the indexed columns alone touches none of them.
 */
export class Table<Row extends VersionedRow = VersionedRow> {
  readonly #byKey = new Map<string, Row>();
  readonly #keys = new BTree<string, string>(undefined, byText);
  readonly #unique: readonly UniqueIndex[];
  readonly #indexes: ReadonlyMap<string, Index>;
  readonly #indexed: readonly string[];

  constructor(readonly definition: TableDefinition<Row, string>) {
    const { key, unique, indexes } = definition;
    this.#indexed = [...new Set([key, ...Object.values(unique), ...Object.values(indexes)].flat())];
    this.#unique = Object.entries(definition.unique).map(([name, columns]) => ({ name, columns, keys: new Map() }));
    this.#indexes = new Map(
      Object.entries(definition.indexes).map(([name, columns]) => [
        name,
        { columns, keys: new BTree(undefined, byText) },
      ]),
    );
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  byUnique(name: string, value: string): Row | undefined {
    const index = this.#unique.find((unique) => unique.name === name);
    if (!index) throw new Error(`table ${this.definition.name} has no unique index ${name}`);
    const key = index.keys.get(value);
    return key === undefined ? undefined : this.#row(key);
  }

  /** All rows in key order, from the first key after `after`. */
  *rows(after?: string): Generator<Row> {
    for (const key of this.#keys.keys(after)) if (key !== after) yield this.#row(key);
  }

  /** Rows whose index columns equal `value`, in key order, from the first primary key at or after `from`. */
  *byIndex(name: string, value: string, from = ''): Generator<Row> {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`table ${this.definition.name} has no index ${name}`);
    const prefix = prefixOf(value);
    for (const [entry, key] of index.keys.entries(prefix + from, [])) {
      if (!entry.startsWith(prefix)) return;
      yield this.#row(key);
    }
  }

  /** The name of a unique index that another row already fills with the values of this row. */
  takenUnique(row: Row): string | undefined {
    const key = this.keyOf(row);
    return this.#unique.find(({ columns, keys }) => {
      if (hasNull(row, columns)) return false;
      const other = keys.get(keyOf(row, columns));
      return other !== undefined && other !== key;
    })?.name;
  }

  /** The name of an indexed column whose text no index of the database could hold. */
  unindexable(row: Row): string | undefined {
    return this.#indexed.find((column) => {
      const value: unknown = row[column];
      return typeof value === 'string' && isTooLongToIndex(value);
    });
  }

  set(row: Row): Row | undefined {
    const key = this.keyOf(row);
    const before = this.#byKey.get(key);
    this.#byKey.set(key, row);
    if (before === undefined) this.#keys.set(key, key);
    for (const index of this.#unique) {
      if (before !== undefined && equalIn(index.columns, before, row)) continue;
      if (before !== undefined) leaveUnique(index, before, key);
      if (!hasNull(row, index.columns)) index.keys.set(keyOf(row, index.columns), key);
    }
    for (const { columns, keys } of this.#indexes.values()) {
      if (before !== undefined && equalIn(columns, before, row)) continue;
      if (before !== undefined) keys.delete(prefixOf(keyOf(before, columns)) + key);
      keys.set(prefixOf(keyOf(row, columns)) + key, key);
    }
    return before;
  }

  remove(key: string): Row | undefined {
    const row = this.#byKey.get(key);
    if (!row) return undefined;
    this.#byKey.delete(key);
    this.#keys.delete(key);
    for (const index of this.#unique) leaveUnique(index, row, key);
    for (const { columns, keys } of this.#indexes.values()) keys.delete(prefixOf(keyOf(row, columns)) + key);
    return row;
  }

  keyOf(row: Row): string {
    return keyOf(row, this.definition.key);
  }

  #row(key: string): Row {
    const row = this.#byKey.get(key);
    if (!row) throw new Error(`an index of ${this.definition.name} names a row that is not there`);
    return row;
  }
}

/** Another row may have taken the value over by now, within the same command. */
function leaveUnique({ columns, keys }: UniqueIndex, row: object, key: string): void {
  const value = keyOf(row, columns);
  if (keys.get(value) === key) keys.delete(value);
}

function equalIn(columns: readonly string[], a: object, b: object): boolean {
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return columns.every((column) => one[column] === other[column]);
}
