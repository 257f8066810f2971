import { Client } from 'pg';
import { join } from 'node:path';
import { eventually, queryOnce, temporaryDirectory } from '../../../../../test/support/postgres-directory';
import { startEmbeddedPostgres } from './embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres';
import { runningProcess } from './running-process';

jest.setTimeout(120_000);

const directory = temporaryDirectory();
const messages: string[] = [];
let database: EmbeddedPostgres;

beforeAll(async () => {
  database = await startEmbeddedPostgres({
    dataDirectory: join(directory.path, 'node'),
    log: (_level, message) => messages.push(message),
  });
});

afterAll(async () => {
  await database.stop();
  directory.remove();
});

function killPostmaster(): number {
  const processId = database.processId;
  if (processId === undefined) throw new Error('postgres does not run');
  process.kill(processId, 'SIGKILL');
  return processId;
}

async function restarted(killed: number): Promise<void> {
  await eventually('postgres runs again', async () => {
    if (database.processId === undefined || database.processId === killed) return undefined;
    return queryOnce(database.connectionUrl, 'SELECT 1').then(
      () => true,
      () => undefined,
    );
  });
}

describe('a postmaster killed under a living node', () => {
  it('is started again at the same address with every acknowledged row, each time', async () => {
    await queryOnce(database.connectionUrl, 'CREATE TABLE written (number int)');
    const exits: unknown[] = [];
    const unsubscribe = database.onExit((exit) => exits.push(exit));
    for (let number = 1; number <= 3; number++) {
      await queryOnce(database.connectionUrl, `INSERT INTO written VALUES (${number})`);
      await restarted(killPostmaster());
      const [counted] = await queryOnce(database.connectionUrl, 'SELECT count(*)::int AS rows FROM written');
      expect(counted).toEqual({ rows: number });
    }
    unsubscribe();
    expect(exits).toEqual([1, 2, 3].map(() => ({ code: null, signal: 'SIGKILL' })));
    expect(messages.filter((message) => message.includes('is started again'))).toHaveLength(3);
  });

  it('is started again although a backend of the dead one is still computing', async () => {
    const busy = new Client({ connectionString: database.connectionUrl });
    busy.on('error', () => undefined);
    await busy.connect();
    const [backend] = (await busy.query<{ id: number }>('SELECT pg_backend_pid() AS id')).rows;
    const computing = busy
      .query('SELECT count(*) FROM generate_series(1, 100000000000)')
      .catch((error: Error) => error);
    await eventually('the backend computes', async () => {
      const rows = await queryOnce(
        database.connectionUrl,
        `SELECT 1 FROM pg_stat_activity WHERE pid = ${backend?.id} AND state = 'active'`,
      );
      return rows.length === 1 ? true : undefined;
    });
    await restarted(killPostmaster());
    expect(await computing).toHaveProperty('message');
    expect(runningProcess(backend?.id ?? 0)?.zombie ?? true).toBe(true);
  });

  it('stays down when the node stops it while it waits to start it again', async () => {
    const options = { dataDirectory: join(directory.path, 'other'), log: () => undefined };
    const other = await startEmbeddedPostgres(options);
    const exited = new Promise((resolve) => other.onExit(resolve));
    process.kill(other.processId ?? 0, 'SIGKILL');
    await exited;
    await Promise.all([other.stop(), other.stop()]);
    expect(other.processId).toBeUndefined();
    await expect(queryOnce(other.connectionUrl, 'SELECT 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    await (await startEmbeddedPostgres(options)).stop(); // and frees the memory that the killed one shared
  });
});
