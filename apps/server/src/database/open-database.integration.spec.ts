import 'reflect-metadata';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { createTestDatabase } from '../../../../test/support/postgres';
import { createDataSource } from './data-source';
import { openDatabase } from './open-database';

describe('openDatabase', () => {
  const limits = { poolMax: 2, connectTimeoutMs: 500, statementTimeoutMs: 1_000 };
  const dataSourceOf = (url: string) => createDataSource({ url, ...limits }, []);

  it('gives up in time when nobody listens, says what to do, and keeps the password to itself', async () => {
    const port = await freePort();
    const dataSource = dataSourceOf(`postgres://user:hush-hush@127.0.0.1:${port}/configs`);
    const reasons: string[] = [];
    const opening = openDatabase(dataSource, { waitMs: 400, onRetry: (reason) => reasons.push(reason) });
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).toMatch(
      new RegExp(
        `127.0.0.1:${port}/configs could not be reached within 0.4 s: connect ECONNREFUSED.*Start it or correct DATABASE_URL`,
      ),
    );
    expect(error?.message).not.toContain('hush-hush');
    expect(reasons.length).toBeGreaterThan(0);
  });

  it('gives up in time when somebody listens who does not answer', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const opening = openDatabase(dataSourceOf(`postgres://user@127.0.0.1:${port}/configs`), { waitMs: 100 });
    await expect(opening).rejects.toThrow(/could not be reached within 0.1 s: .*time/);
    await new Promise((resolve) => silent.close(resolve));
  });

  it('waits for a database that appears a little later', async () => {
    const database = await createTestDatabase();
    const admin = new Client({ connectionString: database.url.replace(database.name, 'postgres') });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT 0`);
    await admin.query(`CREATE ROLE ${database.name} LOGIN`); // for a superuser there is no limit
    const dataSource = dataSourceOf(database.url.replace(/\/\/[^@]*@/, `//${database.name}@`));
    const opened = openDatabase(dataSource, {
      waitMs: 10_000,
      onRetry: () => void admin.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT -1`),
    });
    await expect(opened).resolves.toBeUndefined();
    expect(dataSource.isInitialized).toBe(true);
    await dataSource.destroy();
    await database.drop();
    await admin.query(`DROP ROLE ${database.name}`);
    await admin.end();
  });

  it('does not wait for what waiting cannot mend', async () => {
    const database = await createTestDatabase();
    const missing = dataSourceOf(database.url.replace(database.name, 'no_such_database'));
    await expect(openDatabase(missing, { waitMs: 600_000 })).rejects.toThrow(
      /refused this node: .*does not exist.*Correct DATABASE_URL/,
    );
    await database.drop();
  });

  it('refuses a database that cannot hold every text', async () => {
    const database = await createTestDatabase();
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE latin_${database.name} ENCODING 'SQL_ASCII' TEMPLATE template0`);
    const latin = dataSourceOf(database.url.replace(database.name, `latin_${database.name}`));
    await expect(openDatabase(latin, { waitMs: 1_000 })).rejects.toThrow(
      /encoding SQL_ASCII; it must be UTF8.*CREATE DATABASE/,
    );
    expect(latin.isInitialized).toBe(false);
    await admin.query(`DROP DATABASE latin_${database.name}`);
    await admin.end();
    await database.drop();
  });

  it('survives the end of an idle connection, and opens another for the next query', async () => {
    const database = await createTestDatabase();
    const lost: Error[] = [];
    const dataSource = createDataSource(
      { url: database.url, ...limits, onIdleConnectionLost: (error) => lost.push(error) },
      [],
    );
    await openDatabase(dataSource, { waitMs: 1_000 });
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'config-guardian'`,
    );
    for (const deadline = Date.now() + 5_000; lost.length === 0 && Date.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(lost).toHaveLength(1);
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await admin.end();
    await dataSource.destroy();
    await database.drop();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
