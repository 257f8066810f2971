import BTree from 'sorted-btree';
import type { TableDefinition, VersionedRow } from './table-definition';
import { hasNull, keyOf, prefixOf } from './table-definition';

/** Strings in UTF-16 order, the same on every node. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The rows of one current table with their indexes. Knows nothing of commands: the staging calls `set` and `remove`. */
export class Table<Row extends VersionedRow = VersionedRow> {
  readonly #rows = new BTree<string, Row>(undefined, byText);
  readonly #byKey = new Map<string, Row>();
  readonly #unique: Map<string, Map<string, Row>>;
  readonly #indexes: Map<string, BTree<string, Row>>;

  constructor(readonly definition: TableDefinition<Row, string>) {
    this.#unique = new Map(Object.keys(definition.unique).map((name) => [name, new Map()]));
    this.#indexes = new Map(
      Object.keys(definition.indexes).map((name) => [name, new BTree<string, Row>(undefined, byText)]),
    );
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  byUnique(name: string, value: string): Row | undefined {
    return this.#uniqueIndex(name).get(value);
  }

  /** All rows in key order, from the first key after `after`. */
  *rows(after?: string): Generator<Row> {
    for (const [, row] of this.#rows.entries(after, []))
      if (after === undefined || this.keyOf(row) !== after) yield row;
  }

  /** Rows whose index columns equal `value`, in key order, from the first primary key at or after `from`. */
  *byIndex(name: string, value: string, from = ''): Generator<Row> {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`table ${this.definition.name} has no index ${name}`);
    const prefix = prefixOf(value);
    for (const [key, row] of index.entries(prefix + from, [])) {
      if (!key.startsWith(prefix)) return;
      yield row;
    }
  }

  /** The name of a unique index that another row already fills with the values of this row. */
  takenUnique(row: Row): string | undefined {
    const key = this.keyOf(row);
    return Object.entries(this.definition.unique).find(([name, columns]) => {
      if (hasNull(row, columns)) return false;
      const other = this.#uniqueIndex(name).get(keyOf(row, columns));
      return other !== undefined && this.keyOf(other) !== key;
    })?.[0];
  }

  set(row: Row): Row | undefined {
    const key = this.keyOf(row);
    const before = this.remove(key);
    this.#byKey.set(key, row);
    this.#rows.set(key, row);
    for (const [name, columns] of Object.entries(this.definition.unique)) {
      if (!hasNull(row, columns)) this.#uniqueIndex(name).set(keyOf(row, columns), row);
    }
    for (const [name, columns] of Object.entries(this.definition.indexes)) {
      this.#indexes.get(name)?.set(prefixOf(keyOf(row, columns)) + key, row);
    }
    return before;
  }

  remove(key: string): Row | undefined {
    const row = this.#byKey.get(key);
    if (!row) return undefined;
    this.#byKey.delete(key);
    this.#rows.delete(key);
    for (const [name, columns] of Object.entries(this.definition.unique)) {
      const index = this.#uniqueIndex(name);
      const value = keyOf(row, columns);
      if (index.get(value) === row) index.delete(value);
    }
    for (const [name, columns] of Object.entries(this.definition.indexes)) {
      this.#indexes.get(name)?.delete(prefixOf(keyOf(row, columns)) + key);
    }
    return row;
  }

  keyOf(row: Row): string {
    return keyOf(row, this.definition.key);
  }

  #uniqueIndex(name: string): Map<string, Row> {
    const index = this.#unique.get(name);
    if (!index) throw new Error(`table ${this.definition.name} has no unique index ${name}`);
    return index;
  }
}
