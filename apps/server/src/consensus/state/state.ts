import { newestClusterVersion, release } from '../../common/release';
import { RowHash } from './row-hash';
import { shaped } from './row-shape';
import type { PassedRow } from './row-store';
import type { KeyRange } from './table';
import { Table } from './table';
import type { ReferenceDefinition, TableDefinition, VersionedRow } from './table-definition';
import { encodeKey } from './table-definition';

export interface ListOptions {
  /** Only rows whose next key part starts with this text. */
  readonly prefix?: string;
  /** The encoded key after which to begin. */
  readonly after?: string | undefined;
}

/** What may be read of one table: the current rows, never history. */
export interface TableView<Row extends object, Indexes extends string = string> {
  readonly size: number;
  get(...key: readonly string[]): Row | undefined;
  /** The row whose unique columns hold these values. */
  find(unique: string, ...values: readonly string[]): Row | undefined;
  /** Rows in key order. */
  all(options?: ListOptions): Iterable<Row>;
  /** Rows whose index columns hold these values, in key order. */
  list(index: Indexes, values: readonly string[], options?: ListOptions): Iterable<Row>;
  /** The rows of `list` one by one, for a reader that keeps beside them what it derives from them. */
  walk(index: Indexes, values: readonly string[], options?: ListOptions): Iterable<PassedRow<Row>>;
}

export interface StateView {
  /** What all members of the cluster understand; a rule that a newer build changes asks for it. */
  readonly clusterVersion: number;
  of<Row extends VersionedRow, Indexes extends string>(table: TableDefinition<Row, Indexes>): TableView<Row, Indexes>;
}

/** The current rows of every registered table and their running hash. Changed only through a `Staging`. */
export class State implements StateView {
  readonly hash = new RowHash();
  #clusterVersion = 1;
  readonly #tables = new Map<string, Table>();
  readonly #views = new Map<string, TableView<object>>();

  constructor(
    readonly definitions: readonly TableDefinition<object, string>[],
    readonly references: readonly ReferenceDefinition[],
  ) {
    for (const definition of definitions) {
      if (definition.kind === 'history') continue;
      const table = new Table(definition as unknown as TableDefinition<VersionedRow, string>);
      this.#tables.set(definition.name, table);
      this.#views.set(definition.name, viewOf(table));
    }
  }

  get clusterVersion(): number {
    return this.#clusterVersion;
  }

  /** Throws when this build is older than that: it must not go on with what it does not understand. */
  set clusterVersion(version: number) {
    if (version > newestClusterVersion)
      throw new Error(
        `the cluster runs at cluster version ${version}, this build (${release}) understands up to ` +
          `${newestClusterVersion}: start a newer build`,
      );
    this.#clusterVersion = version;
  }

  of<Row extends VersionedRow, Indexes extends string>(table: TableDefinition<Row, Indexes>): TableView<Row, Indexes> {
    const view = this.#views.get(table.name);
    if (!view) throw new Error(`table ${table.name} is not registered as a current table`);
    return view as unknown as TableView<Row, Indexes>;
  }

  table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`table ${name} is not registered as a current table`);
    return table;
  }

  get tables(): Iterable<Table> {
    return this.#tables.values();
  }

  /** Loads a row at boot or from a snapshot. */
  load(name: string, row: VersionedRow): void {
    const table = this.table(name);
    const loaded = shaped(table.definition.entity, row);
    this.hash.change(table.definition, table.set(loaded), loaded);
  }
}

function viewOf(table: Table): TableView<VersionedRow> {
  return {
    get size() {
      return table.size;
    },
    get: (...key) => table.get(encodeKey(key)),
    find: (unique, ...values) => table.byUnique(unique, encodeKey(values)),
    all: (options) => table.rows(options?.after),
    list: (index, values, options) => table.byIndex(index, encodeKey(values), rangeOf(values, options)),
    walk: (index, values, options) => table.walk(index, encodeKey(values), rangeOf(values, options)),
  };
}

const rangeOf = (values: readonly string[], { prefix = '', after }: ListOptions = {}): KeyRange => ({
  prefix: prefix === '' ? '' : encodeKey([...values, prefix]),
  after,
});
