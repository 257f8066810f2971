import 'reflect-metadata';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aConfigRow, aProjectRow, aRevisionRow, aSchemaRow, aUserRow } from '../../../../test/support/rows';
import { databaseRows, stateRows } from '../../../../test/support/state-rows';

describe('Persister', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url, { statementTimeoutMs: 1_000 });
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const basics = {
    put: [
      ['projects', aProjectRow('project-1')],
      ['projects', aProjectRow('project-2')],
      ['schemas', aSchemaRow('schema-1')],
    ] as const,
  };
  const holdRaftMeta = async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM raft_meta FOR UPDATE');
    return () => client.end();
  };

  it('writes the rows of every change, the history and the applied index', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change(basics, {
      put: [['configs', aConfigRow('project-1', 'a.b', { content: '{"k":"\\u0000 \\" \\\\ é 😀"}' })]],
      append: [['config_revisions', aRevisionRow('project-1', 'a.b', 1)]],
    });
    await node.flush();
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    const history = await databaseRows(dataSource, 'history');
    expect(history['config_revisions']).toHaveLength(1);
    expect(history['audit_records']).toHaveLength(2);
    expect(history['command_outcomes']).toHaveLength(2);
    const [meta] = await dataSource.query<object[]>('SELECT * FROM raft_meta');
    expect(meta).toMatchObject({
      applied_index: '2',
      row_hash: node.machine.position.rowHash,
      audit_head_hash: node.machine.position.auditHead.hash,
      membership: '{"voters":["node-1"]}',
    });
    await node.persister.stop();
  });

  it('lets two rows swap a unique value, and a row come back, in one transaction', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change(basics);
    await node.flush();
    node.change(
      { put: [['projects', aProjectRow('project-1', { name: 'between' })]] },
      { put: [['projects', aProjectRow('project-2', { name: 'name of project-1' })]] },
      { put: [['projects', aProjectRow('project-1', { name: 'name of project-2' })]] },
      { put: [['configs', aConfigRow('project-1', 'gone')]] },
      { remove: [['configs', 'project-1', 'gone']] },
      { remove: [['schemas', 'schema-1']] },
      { put: [['schemas', aSchemaRow('schema-1', { name: 'again' })]] },
    );
    await node.flush();
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    await node.persister.stop();
  });

  it('deletes what a cascade deletes, and what moved away before it stays', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change(basics, {
      put: [
        ['configs', aConfigRow('project-1', 'a')],
        [
          'api_keys',
          { hash: 'h1', projectId: 'project-1', hint: 'x', expiresAt: null, createdAt: '2026-01-01T00:00:00.000Z' },
        ],
        [
          'api_keys',
          { hash: 'h2', projectId: 'project-1', hint: 'y', expiresAt: null, createdAt: '2026-01-01T00:00:00.000Z' },
        ],
      ],
    });
    await node.flush();
    node.change(
      {
        put: [
          [
            'api_keys',
            { hash: 'h2', projectId: 'project-2', hint: 'y', expiresAt: null, createdAt: '2026-01-01T00:00:00.000Z' },
          ],
        ],
      },
      { remove: [['projects', 'project-1']] },
    );
    await node.flush();
    const rows = await databaseRows(dataSource);
    expect(rows).toEqual(stateRows(node.machine));
    expect(rows['configs']).toEqual([]);
    expect(rows['api_keys']).toHaveLength(1);
    await node.persister.stop();
  });

  it('keeps the outcomes of the exactly-once window and no older ones', async () => {
    const node = await PersistedNode.boot(dataSource, { windowLength: 10 });
    for (let n = 0; n < 25; n++) node.change({});
    await node.flush();
    const kept = await dataSource.query<{ index: string }[]>('SELECT index FROM command_outcomes ORDER BY index');
    expect(kept.map(({ index }) => Number(index))).toEqual(Array.from({ length: 10 }, (_, n) => 16 + n));
    expect(node.machine.window.size).toBe(10);
    await node.persister.stop();
  });

  it('commits synchronously within the interval, and says so', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 30 });
    const index = node.change(basics);
    await until(() => node.durable.includes(index));
    expect(node.persister.status()).toMatchObject({
      flushedIndex: index,
      durableIndex: index,
      pendingEntries: 0,
      pendingBytes: 0,
    });
    await node.persister.stop();
  });

  it('keeps what it wrote until a synchronous commit was asked for', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 3_600_000 });
    node.change({});
    await until(() => node.durable.length === 1);
    node.change(basics);
    await node.flush();
    expect(node.persister.status()).toMatchObject({ durableIndex: 1, flushedIndex: 2, pendingEntries: 1 });
    node.persister.sync();
    await until(() => node.durable.includes(2));
    expect(node.persister.status()).toMatchObject({ durableIndex: 2, pendingEntries: 0 });
    await node.persister.stop();
  });

  it('makes the log wait while the database takes nothing, and loses nothing', async () => {
    const node = await PersistedNode.boot(dataSource, { maxPendingRows: 30 });
    const letGo = await holdRaftMeta();
    let admitted = 0;
    const writer = (async () => {
      for (; admitted < 100; admitted++) {
        await node.persister.ready();
        node.change({ put: [['users', aUserRow(`user-${admitted}`)]] });
      }
    })();
    await until(() => node.persister.status().pendingRows >= 30);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than the statements' time limit
    expect(admitted).toBeLessThanOrEqual(10);
    expect(node.persister.status().flushedIndex).toBe(0);
    const beyond = node.persister.flushed(node.index, AbortSignal.timeout(50));
    await expect(beyond).rejects.toMatchObject({ name: 'TimeoutError' });
    await letGo();
    await writer;
    await node.flush();
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    expect(node.warnings.join()).toContain('statement timeout');
    await node.persister.stop();
  });

  it('resumes after its connection was ended by somebody, again and again, without loss or repetition', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change(basics);
    let ended = 0;
    for (let n = 0; n < 400; n++) {
      await node.persister.ready();
      node.change({
        put: [['configs', aConfigRow('project-1', `key-${n % 17}`, { version: n })]],
        append: [['config_revisions', aRevisionRow('project-1', `key-${n % 17}`, n)]],
      });
      if (n % 20 === 0) ended += await endPersisterSessions();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await node.flush();
    expect(ended).toBeGreaterThan(3);
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    const history = await databaseRows(dataSource, 'history');
    expect(history['config_revisions']).toHaveLength(400);
    expect(history['audit_records']).toHaveLength(401);
    await node.persister.stop();
  });

  it('waits for the transaction of a lost connection instead of writing beside it', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 3_600_000 });
    node.change(basics);
    await node.flush();
    const letGo = await holdRaftMeta(); // stands for the server's side of a connection that the node has given up
    await endPersisterSessions();
    node.change({ put: [['users', aUserRow('user-1')]] });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(node.persister.status().flushedIndex).toBe(1);
    await letGo();
    await node.flush();
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    await node.persister.stop();
  });

  it('stops the node when somebody else moved the applied index', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change(basics);
    await node.flush();
    await until(() => node.persister.status().durableIndex === 1);
    await dataSource.query('UPDATE raft_meta SET applied_index = 7');
    node.change({});
    expect((await node.fatal).message).toMatch(/no longer stands at index 1.*another process writes to it/s);
    await expect(node.persister.flushed(2)).rejects.toThrow('another process');
    await expect(node.persister.ready()).rejects.toThrow('another process');
    await node.persister.stop();
  });

  it('stops the node when the database has fallen below what is kept', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 1 });
    const index = node.change(basics, {});
    await until(() => node.durable.includes(index));
    await dataSource.query('UPDATE raft_meta SET applied_index = 1');
    await endPersisterSessions();
    expect((await node.fatal).message).toMatch(/fallen back to index 1, below 2.*starts again from its log/s);
  });

  it('stops the node, naming table and rule but no value, when the database can never take a row', async () => {
    const node = await PersistedNode.boot(dataSource);
    await dataSource.query(`ALTER TABLE users ADD CONSTRAINT no_secret CHECK (password_hash <> 'secret')`);
    node.change({ put: [['users', aUserRow('user-1', { passwordHash: 'secret' })]] });
    const { message } = await node.fatal;
    expect(message).toMatch(/does not take what the state holds.*SQLSTATE 23514, users, no_secret/);
    expect(message).not.toContain('user-1@');
  });

  it('writes everything and commits synchronously when it stops', async () => {
    const node = await PersistedNode.boot(dataSource, { syncIntervalMs: 3_600_000 });
    const index = node.change(basics);
    await node.persister.stop();
    expect(node.durable.at(-1)).toBe(index);
    const again = await PersistedNode.boot(dataSource, {}, node.entries);
    expect(again.machine.hash).toBe(node.machine.hash);
    await again.persister.stop();
  });

  it('stops in time when the database does not answer; the next start goes on from the log', async () => {
    const node = await PersistedNode.boot(dataSource, { stopTimeoutMs: 100 });
    const letGo = await holdRaftMeta();
    node.change(basics);
    const started = performance.now();
    await node.persister.stop();
    expect(performance.now() - started).toBeLessThan(5_000); // a bound that hangs would break, not a measurement
    expect(node.warnings.join()).toContain('the log has the rest');
    await letGo();
    const again = await PersistedNode.boot(dataSource, {}, node.entries);
    await again.flush();
    expect(again.machine.hash).toBe(node.machine.hash);
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
    await again.persister.stop();
  });

  it('refuses entries out of order', async () => {
    const node = await PersistedNode.boot(dataSource);
    node.change({});
    expect(() => node.persister.enqueue([], node.machine.position, '{}')).not.toThrow();
    const stale = { index: 1, commandId: null, outcome: null, duplicate: false, changes: [], events: [] };
    expect(() => node.persister.enqueue([stale], node.machine.position, '{}')).toThrow('instead of 2');
    await node.persister.stop();
  });

  async function endPersisterSessions(): Promise<number> {
    const ended = await dataSource.query<unknown[]>(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'config-guardian persister'`,
    );
    return ended.length;
  }
});

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition();) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
