import 'reflect-metadata';
import { performance } from 'node:perf_hooks';
import type { DataSource } from 'typeorm';
import { Persister } from '../../apps/server/src/consensus/persister';
import { restoreState } from '../../apps/server/src/consensus/restore-state';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { createDataSource } from '../../apps/server/src/database/data-source';
import { runMigrations } from '../../apps/server/src/database/run-migrations';
import { allEntities, aRowRegistry, changeEntry } from '../support/state-rows';

/**
 * How fast config updates reach PostgreSQL: configs, config_revisions, audit_records, command_outcomes and raft_meta for
 * each. DATABASE_URL must name an empty database. Applying is not timed, writing is.
 */
const identity = { clusterId: 'bench', nodeId: 'bench', incarnation: 'bench' };
const stampOf = (at: string) => ({ createdAt: at, createdBy: 'user', updatedAt: at, updatedBy: 'user' });
const at = '2026-01-01T00:00:00.000Z';
const configsHeld = Number(process.env.CONFIGS ?? 10_000);
const updates = Number(process.env.UPDATES ?? 40_000);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** About 400 bytes of JSON whose words differ from one version to the next. */
function content(seed: number): string {
  const word = (n: number): string => ((seed * 2_654_435_761 + n * 40_503) >>> 0).toString(36);
  const members = Array.from({ length: 14 }, (_, n) => [`setting${n}`, `${word(n)}-${word(n + 99)}`]);
  return JSON.stringify(Object.fromEntries(members));
}

const configRow = (n: number, version: number) => ({
  projectId: 'project',
  key: `service.area${n % 50}.config-${n}`,
  schemaId: 'schema',
  schemaVersion: 1,
  version,
  content: content(n * 1_000 + version),
  ...stampOf(at),
});

const revisionRow = (n: number, version: number, operation: 'create' | 'update') => {
  const { projectId, key, schemaId, schemaVersion, content: text } = configRow(n, version);
  return {
    projectId,
    key,
    version,
    operation,
    content: text,
    schemaId,
    schemaVersion,
    targetVersion: null,
    createdAt: at,
    createdBy: 'user',
  };
};

async function timed(name: string, entries: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1_000;
  print(`${name}: ${entries} entries in ${seconds.toFixed(2)} s, ${Math.round(entries / seconds)} entries/s`);
  return entries / seconds;
}

class Bench {
  readonly machine = new StateMachine(aRowRegistry());
  readonly persister: Persister;

  constructor(
    readonly dataSource: DataSource,
    syncIntervalMs?: number,
  ) {
    const fail = (error: Error): never => {
      throw error;
    };
    this.persister = new Persister(dataSource, aRowRegistry().tables, {
      windowLength: this.machine.window.length,
      maxPendingRows: 10_000_000,
      maxPendingBytes: 8 * 1024 ** 3,
      ...(syncIntervalMs === undefined ? {} : { syncIntervalMs }),
      onFatal: fail,
      onDurable: () => undefined,
      log: { warn: print, error: print },
    });
  }

  /** In steps of `step` entries, as the log hands them over. */
  apply(changes: readonly Parameters<typeof changeEntry>[1][], step: number): void {
    for (let from = 0; from < changes.length; from += step) {
      const start = this.machine.position.index + 1;
      const applied = changes
        .slice(from, from + step)
        .map((change, n) => this.machine.apply(changeEntry(start + n, change)));
      this.persister.enqueue(applied, this.machine.position, '{}');
    }
  }
}

async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('set DATABASE_URL to an empty database');
  const dataSource = createDataSource(
    { url, poolMax: 4, connectTimeoutMs: 5_000, statementTimeoutMs: 60_000 },
    allEntities(),
  );
  await dataSource.initialize();
  await runMigrations(dataSource);
  await restoreState(dataSource, aRowRegistry(), identity, { firstIndex: 1, lastIndex: 0 });
  const bench = new Bench(dataSource);
  const { machine, persister } = bench;

  bench.apply(
    [
      {
        put: [
          ['projects', { id: 'project', name: 'project', description: null, apiKeyHint: 'abcd', ...stampOf(at) }],
          [
            'schemas',
            {
              id: 'schema',
              name: 'schema',
              description: null,
              schemaUri: null,
              draft: '2020-12',
              version: 1,
              content: '{}',
              ...stampOf(at),
            },
          ],
        ],
      },
    ],
    1,
  );
  bench.apply(
    Array.from({ length: configsHeld }, (_, n) => ({
      put: [['configs', configRow(n, 1)]] as const,
      append: [['config_revisions', revisionRow(n, 1, 'create')]] as const,
    })),
    64,
  );
  persister.start({ ...machine.position, index: 0 });
  await timed('creations', configsHeld, () => persister.flushed(machine.position.index));

  const versions = new Map<number, number>();
  const update = (i: number) => {
    const n = (i * 7_919) % configsHeld;
    const version = (versions.get(n) ?? 1) + 1;
    versions.set(n, version);
    return {
      put: [['configs', configRow(n, version)]] as const,
      append: [['config_revisions', revisionRow(n, version, 'update')]] as const,
    };
  };
  bench.apply(
    Array.from({ length: updates }, (_, i) => update(i)),
    64,
  );
  const rate = await timed('config updates', updates, () => persister.flushed(machine.position.index));
  print(`rows written: ${Math.round(rate * 4)} rows/s in 4 tables, raft_meta beside`);
  await persister.stop();

  const last = machine.position.index;
  const restored = await timed(
    `boot: ${configsHeld} configs, ${Math.min(last, machine.window.length)} outcomes`,
    configsHeld,
    async () => {
      const again = await restoreState(dataSource, aRowRegistry(), identity, { firstIndex: 1, lastIndex: last });
      if (again.hash !== machine.hash) throw new Error('the restored state differs');
    },
  );
  void restored;
  await dataSource.destroy();
}

void main().catch((error: unknown) => {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
