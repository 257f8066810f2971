import BTree from 'sorted-btree';
import type { PassedRow, Place } from './row-store';
import { Passing, RowStore } from './row-store';
import type { TableDefinition, VersionedRow } from './table-definition';
import { endOfPrefix, hasNull, isTooLongToIndex, keyOf, nextText, prefixOf } from './table-definition';

/** Strings in UTF-16 order, the same on every node. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly places: Map<string, Place>;
}

interface Index {
  readonly columns: readonly string[];
  readonly places: BTree<string, Place>;
}

/** Of primary keys, encoded: those that begin with `prefix` and come after `after`. */
export interface KeyRange {
  readonly prefix?: string;
  readonly after?: string | undefined;
}

/**
 * The rows of one current table with their indexes. Knows nothing of commands: the staging calls `set` and `remove`.
 * A change that leaves the indexed columns alone touches no index, and a walk over one looks no key up.
 */
export class Table<Row extends VersionedRow = VersionedRow> {
  readonly #store = new RowStore<Row>();
  readonly #byKey = new Map<string, Place>();
  readonly #keys = new BTree<string, Place>(undefined, byText);
  readonly #unique: readonly UniqueIndex[];
  readonly #indexes: ReadonlyMap<string, Index>;
  readonly #indexed: readonly string[];

  constructor(readonly definition: TableDefinition<Row, string>) {
    const { key, unique, indexes } = definition;
    this.#indexed = [...new Set([key, ...Object.values(unique), ...Object.values(indexes)].flat())];
    this.#unique = Object.entries(definition.unique).map(([name, columns]) => ({ name, columns, places: new Map() }));
    this.#indexes = new Map(
      Object.entries(definition.indexes).map(([name, columns]) => [
        name,
        { columns, places: new BTree(undefined, byText) },
      ]),
    );
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Row | undefined {
    return this.#at(this.#byKey.get(key));
  }

  byUnique(name: string, value: string): Row | undefined {
    const index = this.#unique.find((unique) => unique.name === name);
    if (!index) throw new Error(`table ${this.definition.name} has no unique index ${name}`);
    return this.#at(index.places.get(value));
  }

  /** All rows in key order, from the first key after `after`. */
  *rows(after?: string): Generator<Row> {
    for (const [key, place] of this.#keys.entries(after, [])) if (key !== after) yield this.#store.at(place);
  }

  /** Rows whose index columns equal `value`, in key order, those in the range of primary keys. */
  *byIndex(name: string, value: string, range?: KeyRange): Generator<Row> {
    for (const { row } of this.walk(name, value, range)) yield row;
  }

  /** The same rows in the same order, for a reader that seldom needs the row. Of the keys none is looked at on the way. */
  *walk(name: string, value: string, range: KeyRange = {}): Generator<PassedRow<Row>> {
    const { places } = this.#index(name);
    const { low, high } = boundsOf(value, range);
    if (low >= high) return;
    const end = places.getPairOrNextHigher(high)?.[1];
    const passing = new Passing(this.#store);
    for (const [, place] of places.entries(low, [])) {
      if (place === end) return;
      passing.place = place;
      yield passing;
    }
  }

  /** The name of a unique index that another row already fills with the values of this row. */
  takenUnique(row: Row): string | undefined {
    const held = this.#byKey.get(this.keyOf(row));
    return this.#unique.find(({ columns, places }) => {
      if (hasNull(row, columns)) return false;
      const other = places.get(keyOf(row, columns));
      return other !== undefined && other !== held;
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
    const held = this.#byKey.get(key);
    const before = this.#at(held);
    const place = held ?? this.#add(key, row);
    if (held !== undefined) this.#store.replace(held, row);
    for (const index of this.#unique) {
      if (before !== undefined && equalIn(index.columns, before, row)) continue;
      if (before !== undefined) leaveUnique(index, before, place);
      if (!hasNull(row, index.columns)) index.places.set(keyOf(row, index.columns), place);
    }
    for (const { columns, places } of this.#indexes.values()) {
      if (before !== undefined && equalIn(columns, before, row)) continue;
      if (before !== undefined) places.delete(prefixOf(keyOf(before, columns)) + key);
      places.set(prefixOf(keyOf(row, columns)) + key, place);
    }
    return before;
  }

  remove(key: string): Row | undefined {
    const place = this.#byKey.get(key);
    if (place === undefined) return undefined;
    const row = this.#store.at(place);
    this.#store.remove(place);
    this.#byKey.delete(key);
    this.#keys.delete(key);
    for (const index of this.#unique) leaveUnique(index, row, place);
    for (const { columns, places } of this.#indexes.values()) places.delete(prefixOf(keyOf(row, columns)) + key);
    return row;
  }

  keyOf(row: Row): string {
    return keyOf(row, this.definition.key);
  }

  #add(key: string, row: Row): Place {
    const place = this.#store.add(row);
    this.#byKey.set(key, place);
    this.#keys.set(key, place);
    return place;
  }

  #at(place: Place | undefined): Row | undefined {
    return place === undefined ? undefined : this.#store.at(place);
  }

  #index(name: string): Index {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`table ${this.definition.name} has no index ${name}`);
    return index;
  }
}

/** Another row may have taken the value over by now, within the same command. */
function leaveUnique({ columns, places }: UniqueIndex, row: object, place: Place): void {
  const value = keyOf(row, columns);
  if (places.get(value) === place) places.delete(value);
}

function equalIn(columns: readonly string[], a: object, b: object): boolean {
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return columns.every((column) => one[column] === other[column]);
}

/** The entries of an index from `low` on and before `high`. */
function boundsOf(value: string, { prefix = '', after }: KeyRange): { low: string; high: string } {
  const start = prefixOf(value);
  const low = after === undefined || after < prefix ? start + prefix : nextText(start + after);
  return { low, high: endOfPrefix(start + prefix) };
}
