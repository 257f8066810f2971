import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import { aConfigRow, aProjectRow, aRevisionRow, aSchemaRow } from '../../../../test/support/rows';
import { databaseRows, stateRows } from '../../../../test/support/state-rows';
import { startEmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import { runMigrations } from '../database/run-migrations';
import { isTransient } from '../database/transient-error';

/** A server of its own, with fsync on, that leaves asynchronous commits in its memory for as long as it may. */
const settings = { wal_writer_delay: '10s', wal_writer_flush_after: '1GB' };

describe('Persister over a server that crashes', () => {
  let directory: string;
  let server: EmbeddedPostgres;
  let dataSource: DataSource;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'config-guardian-crash-'));
    server = await startEmbeddedPostgres({
      dataDirectory: join(directory, 'postgres'),
      settings,
      log: () => undefined,
    });
    dataSource = await openedDataSource(server.connectionUrl);
    await runMigrations(dataSource);
  }, 60_000);

  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  beforeEach(async () => {
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    await dataSource.query(`TRUNCATE ${tables.join(', ')}`);
  });

  const basics = {
    put: [
      ['projects', aProjectRow('project-1')],
      ['schemas', aSchemaRow('schema-1')],
    ] as const,
  };
  const version = (n: number) => ({
    put: [
      ['configs', aConfigRow('project-1', `key-${n % 13}`, { version: n, content: JSON.stringify({ n }) })],
    ] as const,
    append: [['config_revisions', aRevisionRow('project-1', `key-${n % 13}`, n)]] as const,
  });

  it('writes again what a crash took from the memory of the server', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 3_600_000 });
    node.change(basics);
    let lost = 0;
    // The server may by chance have written its log just before: then there was nothing to lose, and the next round has.
    for (let round = 1; round <= 5 && lost === 0; round++) {
      for (let n = 0; n < 50; n++) {
        node.change(version(100 * round + n));
        await node.flush();
      }
      await crash(await processOf('config-guardian persister'));
      node.change(version(100 * round + 99));
      await node.flush();
      lost = node.warnings.filter((warning) => warning.includes('written again')).length;
    }
    expect(lost).toBeGreaterThan(0);
    await expectTheSame(node);
    await node.persister.stop();
  }, 60_000);

  it.each([
    ['a backend', 5, () => processOf('config-guardian persister')],
    // Its backends may outlive it for a while and go on writing: a new postmaster may still be on its way.
    ['the postmaster', 3, () => untilAnswered(() => Promise.resolve(server.processId))],
  ])(
    'loses and repeats nothing when %s is killed under load, time and again',
    async (_who, kills, victim) => {
      const node = await PersistedNode.boot(dataSource, { maxPendingRows: 2_000 });
      node.change(basics);
      let written = 0;
      let running = true;
      const load = (async () => {
        while (running) {
          await node.persister.ready();
          node.change(version(++written), version(++written));
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      try {
        for (let kill = 0; kill < kills; kill++) {
          await new Promise((resolve) => setTimeout(resolve, 100 + 37 * kill));
          await crash(await victim());
          const reached = node.persister.status().flushedIndex;
          await node.persister.flushed(reached + 20, AbortSignal.timeout(30_000));
        }
      } finally {
        running = false;
        await load;
      }
      await node.flush();
      await expectTheSame(node);
      const revisions = (await databaseRows(dataSource, 'history'))['config_revisions'];
      expect(revisions).toHaveLength(written);
      await node.persister.stop();
      const again = await PersistedNode.boot(dataSource, {}, node.entries);
      expect(again.machine.hash).toBe(node.machine.hash);
      await again.persister.stop();
    },
    120_000,
  );

  it('never calls an entry durable that a crash can take', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 10 });
    node.change(basics);
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 40; n++) {
        node.change(version(100 * round + n));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const promised = node.persister.status().durableIndex;
      // One killed backend makes the postmaster end all others and recover: the memory is gone just the same.
      await crash(await processOf('config-guardian persister'));
      expect(await appliedIndex()).toBeGreaterThanOrEqual(promised);
    }
    await node.flush();
    await expectTheSame(node);
    await node.persister.stop();
  }, 120_000);

  async function expectTheSame(node: PersistedNode): Promise<void> {
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    const audit = await dataSource.query<{ index: string }[]>('SELECT index FROM audit_records ORDER BY index');
    expect(audit.map(({ index }) => Number(index))).toEqual(node.entries.map(({ index }) => index));
  }

  async function processOf(applicationName: string): Promise<number | undefined> {
    return untilAnswered(async () => {
      const [found] = await dataSource.query<{ pid: number }[]>(
        'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
        [applicationName],
      );
      return found?.pid;
    });
  }

  const appliedIndex = (): Promise<number> =>
    untilAnswered(async () => {
      const [meta] = await dataSource.query<{ applied_index: string }[]>('SELECT applied_index FROM raft_meta');
      return meta && Number(meta.applied_index);
    });
});

/** As `kill -9` and the out-of-memory killer do: nobody gets to write anything out. */
function crash(processId: number | undefined): Promise<void> {
  if (processId === undefined) throw new Error('there is no process to kill');
  process.kill(processId, 'SIGKILL');
  return new Promise((resolve) => setTimeout(resolve, 20));
}

async function untilAnswered<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    if (Date.now() > deadline) throw new Error('the server did not come back');
  }
}
