import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiClient } from '../support/api-client';
import { NodeProcess } from '../support/node-process';
import { openedDataSource } from '../support/persisted-node';
import type { TestDatabase } from '../support/postgres';
import { createTestDatabase } from '../support/postgres';
import { temporaryDirectory } from '../support/postgres-directory';
import { refusedBoot } from '../support/refused-boot';
import { adminPassword } from '../support/world';

/** An operator gets one line that says what to do, and the process ends; nothing is changed. */
describe('a node refuses to start', () => {
  const directory = temporaryDirectory();
  const path = (name: string): string => join(directory.path, name);
  let database: TestDatabase;
  let variables: Readonly<Record<string, string>>;
  let node: NodeProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    variables = { DATABASE_URL: database.url, ADMIN_PASSWORD: adminPassword };
    node = await NodeProcess.on(path('data'), variables);
    await node.start();
  }, 120_000);

  afterAll(async () => {
    await node.stop();
    await database.drop();
    directory.remove();
  }, 60_000);

  async function refusal(dataDir: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stderr } = await refusedBoot(dataDir, { ...variables, ...more });
    expect({ code, stderr, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, stderr, lines: 1 });
    return stderr;
  }

  it('on a data directory that another process uses', async () => {
    expect(await refusal(path('data'))).toMatch(/The node could not start: .*log.* in use/);
    const embedded = await NodeProcess.on(path('embedded'), { ADMIN_PASSWORD: adminPassword });
    await embedded.start();
    const { code, stderr } = await refusedBoot(path('embedded'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The node could not start: .*in use.*\n$|^The node could not start: .*another process.*\n$/i,
    );
    expect(await embedded.isReady()).toBe(true);
    await embedded.stop();
  }, 180_000);

  it("on another node's database, whether that node runs or not", async () => {
    expect(await refusal(path('other'))).toMatch(
      /The database belongs to node node-1 .*Correct DATABASE_URL or DATA_DIR/,
    );
    expect(await node.isReady()).toBe(true);
    await node.stop();
    expect(await refusal(path('third'))).toMatch(/The database belongs to node node-1/);
    await node.start();
  }, 180_000);

  it('under another name than its log has', async () => {
    await node.stop();
    expect(await refusal(path('data'), { NODE_ID: 'node-2' })).toMatch(
      /belongs to node node-1, not to node-2.*Set NODE_ID=node-1/,
    );
    await node.start();
  }, 120_000);

  it('on a database that is ahead of its log, and starts again when the newest log is back', async () => {
    await node.stop();
    cpSync(path('data/log'), path('old-log'), { recursive: true });
    await node.start();
    const client = new ApiClient(node.url);
    await client.logIn();
    for (const name of ['one', 'two', 'three']) await client.ask('POST', '/v1/projects', { name });
    await wait(300);
    await node.stop();
    cpSync(path('data/log'), path('new-log'), { recursive: true });
    const put = (log: string): void => {
      rmSync(path('data/log'), { recursive: true });
      cpSync(path(log), path('data/log'), { recursive: true });
    };
    put('old-log');
    expect(await refusal(path('data'))).toMatch(
      /The database stands at index \d+, ahead of the log, which ends at \d+: .*Put the newest data directory back/,
    );
    put('new-log');
    await node.start();
    const { items } = await client.ask<{ items: object[] }>('GET', '/v1/projects');
    expect(items).toHaveLength(3);
  }, 180_000);

  it('on rows that were changed in SQL', async () => {
    await node.stop();
    const dataSource = await openedDataSource(database.url);
    await dataSource.query(`UPDATE projects SET name = 'changed' WHERE name = 'one'`);
    expect(await refusal(path('data'))).toMatch(
      /The rows of the database do not give the hash .*Restore this node from a backup/,
    );
    await dataSource.query(`UPDATE projects SET name = 'one' WHERE name = 'changed'`);
    await dataSource.destroy();
    await node.start();
  }, 120_000);
});
