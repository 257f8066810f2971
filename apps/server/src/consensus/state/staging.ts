import { reject } from '../../common/rejected';
import type { DomainEvent } from '../domain-event';
import { shaped } from './row-shape';
import type { State, StateView, TableView } from './state';
import type { Table } from './table';
import type { TableDefinition, VersionedRow } from './table-definition';
import { encodeKey, keyOf, maxIndexedBytes } from './table-definition';

/** What one command did to one row. A history row has no `before`; a deleted row has no `after`. */
export interface RowChange {
  readonly table: TableDefinition<object, string>;
  readonly key: string;
  readonly before: object | undefined;
  readonly after: object | undefined;
}

export interface WritableTable<Row extends object, Indexes extends string> extends TableView<Row, Indexes> {
  /**
   * Inserts or replaces. Referred rows must exist and unique values must be free: an applier checks both before. Rejects
   * a text that no index of the database can hold; the edge has bounded it before.
   */
  put(row: Row): Row;
  /** Deletes the row, and by cascade what refers to it; throws when a restricting reference is left. */
  delete(...key: readonly string[]): void;
}

export interface WritableState extends StateView {
  of<Row extends VersionedRow, Indexes extends string>(
    table: TableDefinition<Row, Indexes>,
  ): WritableTable<Row, Indexes>;
  append<Row extends object>(history: TableDefinition<Row, never>, row: Row): void;
  emit(event: DomainEvent): void;
  /** Never lowers it. */
  raiseClusterVersion(version: number): void;
}

/**
 * The changes of one command. They are visible to the command at once and to nobody else: apply is synchronous, and
 * `discard` undoes them in reverse order. A write-through journal instead of a shadow copy, so that reads inside an
 * applier go through the very same indexes as all other reads.
 */
export class Staging implements WritableState {
  readonly #undo: (() => void)[] = [];
  readonly #changes = new Map<string, RowChange>();
  readonly #events: DomainEvent[] = [];
  readonly #tables = new Map<string, object>();

  constructor(private readonly state: State) {}

  get changes(): readonly RowChange[] {
    return [...this.#changes.values()].filter((change) => change.before !== undefined || change.after !== undefined);
  }

  get clusterVersion(): number {
    return this.state.clusterVersion;
  }

  raiseClusterVersion(version: number): void {
    const before = this.state.clusterVersion;
    if (version <= before) return;
    this.state.clusterVersion = version;
    this.#undo.push(() => (this.state.clusterVersion = before));
  }

  get events(): readonly DomainEvent[] {
    return this.#events;
  }

  of<Row extends VersionedRow, Indexes extends string>(
    definition: TableDefinition<Row, Indexes>,
  ): WritableTable<Row, Indexes> {
    let staged = this.#tables.get(definition.name) as WritableTable<Row, Indexes> | undefined;
    if (!staged) this.#tables.set(definition.name, (staged = this.#stage(definition)));
    return staged;
  }

  #stage<Row extends VersionedRow, Indexes extends string>(
    definition: TableDefinition<Row, Indexes>,
  ): WritableTable<Row, Indexes> {
    const view = this.state.of(definition);
    const table = this.state.table(definition.name) as unknown as Table<Row>;
    return {
      get size() {
        return view.size;
      },
      get: view.get,
      find: view.find,
      // Materialised: an applier may change the table while it walks over it.
      all: (options) => [...view.all(options)],
      list: (index, values, options) => [...view.list(index, values, options)],
      walk: view.walk,
      put: (row) => this.#put(table, row),
      delete: (...key) => this.#delete(table as unknown as Table, encodeKey(key)),
    };
  }

  append<Row extends object>(history: TableDefinition<Row, never>, row: Row): void {
    const key = keyOf(row, history.key);
    this.#changes.set(`${history.name}\u0000${key}`, {
      table: history as unknown as TableDefinition<object, string>,
      key,
      before: undefined,
      after: row,
    });
  }

  emit(event: DomainEvent): void {
    this.#events.push(event);
  }

  /** Makes the changes part of the state's hash: each row is hashed once, however often the command wrote it. */
  commit(): void {
    for (const { table, before, after } of this.changes) {
      if (table.kind === 'current') this.state.hash.change(table, before, after);
    }
    this.#undo.length = 0;
  }

  discard(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo.length = 0;
    this.#changes.clear();
    this.#events.length = 0;
  }

  #put<Row extends VersionedRow>(table: Table<Row>, given: Row): Row {
    const row = shaped(table.definition.entity, given);
    // The rehearsal finds this too, but not when it was rejected for a reason that is gone when the command is applied.
    const tooLong = table.unindexable(row);
    if (tooLong) reject('validation-failed', `The value of ${tooLong} is longer than ${maxIndexedBytes} bytes.`);
    const taken = table.takenUnique(row);
    if (taken) throw new Error(`the unique index ${taken} of ${table.definition.name} already holds this value`);
    for (const reference of this.state.references) {
      if (reference.from.name !== table.definition.name) continue;
      const parent = keyOf(row, reference.from.indexes[reference.index] ?? []);
      if (!this.state.table(reference.to.name).get(parent)) {
        throw new Error(`a row of ${table.definition.name} refers to a missing row of ${reference.to.name}`);
      }
    }
    const key = table.keyOf(row);
    const before = table.set(row);
    this.#record(table as unknown as Table, key, before, row);
    return row;
  }

  #delete(table: Table, key: string): void {
    if (!table.get(key)) throw new Error(`cannot delete a missing row of ${table.definition.name}`);
    for (const reference of this.state.references) {
      if (reference.to.name !== table.definition.name) continue;
      const children = this.state.table(reference.from.name);
      for (const child of [...children.byIndex(reference.index, key)]) {
        if (reference.onDelete === 'restrict') {
          throw new Error(`a row of ${table.definition.name} is still referred to by ${reference.from.name}`);
        }
        this.#delete(children, children.keyOf(child));
      }
    }
    this.#record(table, key, table.remove(key), undefined);
  }

  #record(table: Table, key: string, before: VersionedRow | undefined, after: VersionedRow | undefined): void {
    const { definition } = table;
    this.#undo.push(() => {
      if (before) table.set(before);
      else table.remove(key);
    });
    const id = `${definition.name}\u0000${key}`;
    const first = this.#changes.get(id);
    this.#changes.set(id, { table: definition, key, before: first ? first.before : before, after });
  }
}
