import type { CommittedEntry } from '@config-guardian/raft-node';
import type { DataSource } from 'typeorm';
import { Persister } from '../../apps/server/src/consensus/persister';
import type { PersisterOptions } from '../../apps/server/src/consensus/persister-options';
import { restoreState } from '../../apps/server/src/consensus/restore-state';
import type { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { createDataSource } from '../../apps/server/src/database/data-source';
import type { DatabaseOptions } from '../../apps/server/src/database/data-source';
import { runMigrations } from '../../apps/server/src/database/run-migrations';
import { createTestDatabase, ensureTemplate } from './postgres';
import type { TestDatabase } from './postgres';
import { allEntities, aRowRegistry, changeEntry } from './state-rows';
import type { RowChanges } from './state-rows';

export const identity = { clusterId: 'cluster', nodeId: 'node-1', incarnation: 'first' };

export const openedDataSource = (url: string, options: Partial<DatabaseOptions> = {}): Promise<DataSource> =>
  createDataSource(
    { url, poolMax: 4, connectTimeoutMs: 2_000, statementTimeoutMs: 20_000, ...options },
    allEntities(),
  ).initialize();

/** An empty database with the tables of this build, made anew for each caller. */
export async function aMigratedDatabase(): Promise<TestDatabase> {
  const template = await ensureTemplate('migrated', async (url) => {
    const dataSource = await openedDataSource(url);
    await runMigrations(dataSource);
    await dataSource.destroy();
  });
  return createTestDatabase(template);
}

/** A state machine and its persister over a log that never fails: a node without network, disk and features. */
export class PersistedNode {
  readonly warnings: string[] = [];
  readonly durable: number[] = [];
  readonly fatal: Promise<Error>;
  machine!: StateMachine;
  persister!: Persister;
  #onFatal!: (error: Error) => void;

  private constructor(
    readonly dataSource: DataSource,
    readonly entries: CommittedEntry[],
  ) {
    this.fatal = new Promise((resolve) => (this.#onFatal = resolve));
  }

  /** Boots as a node does: restores the state from the database and replays the log after it. */
  static async boot(
    dataSource: DataSource,
    options: Partial<PersisterOptions> = {},
    entries: CommittedEntry[] = [],
  ): Promise<PersistedNode> {
    const node = new PersistedNode(dataSource, entries);
    const log = { firstIndex: 1, lastIndex: entries.length };
    node.machine = await restoreState(dataSource, aRowRegistry(), identity, log, options);
    node.persister = new Persister(dataSource, aRowRegistry().tables, {
      windowLength: node.machine.window.length,
      syncIntervalMs: 20,
      firstPauseMs: 5,
      longestPauseMs: 100,
      onFatal: node.#onFatal,
      onDurable: (index) => node.durable.push(index),
      log: { warn: (message) => node.warnings.push(message), error: (message) => node.warnings.push(message) },
      ...options,
    });
    node.persister.start(node.machine.position);
    for (const entry of entries.slice(node.machine.position.index)) node.#apply([entry]);
    return node;
  }

  get index(): number {
    return this.machine.position.index;
  }

  /** Applies these changes in one step, an entry each. */
  change(...changes: readonly RowChanges[]): number {
    const entries = changes.map((change, n) => changeEntry(this.index + 1 + n, change));
    this.entries.push(...entries);
    this.#apply(entries);
    return this.index;
  }

  async flush(): Promise<void> {
    await this.persister.flushed(this.index, AbortSignal.timeout(20_000));
  }

  #apply(entries: readonly CommittedEntry[]): void {
    const applied = entries.map((entry) => this.machine.apply(entry));
    this.persister.enqueue(applied, this.machine.position, '{"voters":["node-1"]}');
  }
}
