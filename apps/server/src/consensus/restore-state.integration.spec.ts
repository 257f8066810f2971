import 'reflect-metadata';
import * as fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, identity, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aConfigRow, aProjectRow, aSchemaRow, aUserRow } from '../../../../test/support/rows';
import { aRowRegistry, changeEntry, stateRows } from '../../../../test/support/state-rows';
import type { RowChanges } from '../../../../test/support/state-rows';
import { restoreState } from './restore-state';
import { StateMachine } from './state-machine';

describe('restoreState', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url);
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const restore = (log = { firstIndex: 1, lastIndex: 1_000 }, whose = identity) =>
    restoreState(dataSource, aRowRegistry(), whose, log);

  /** A node that stands at index 3 with a few rows, and has stopped. */
  const aStoppedNode = async (): Promise<PersistedNode> => {
    const node = await PersistedNode.boot(dataSource);
    node.change(
      {
        put: [
          ['projects', aProjectRow('project-1')],
          ['schemas', aSchemaRow('schema-1')],
        ],
      },
      { put: [['configs', aConfigRow('project-1', 'key')]] },
      {},
    );
    await node.persister.stop();
    return node;
  };

  it('makes an empty database its own and starts at index 0', async () => {
    const machine = await restore({ firstIndex: 1, lastIndex: 0 });
    expect(machine.position).toEqual(new StateMachine(aRowRegistry()).position);
    const [meta] = await dataSource.query<object[]>('SELECT * FROM raft_meta');
    expect(meta).toMatchObject({ cluster_id: 'cluster', node_id: 'node-1', incarnation: 'first', applied_index: '0' });
    expect((await restore()).hash).toBe(machine.hash);
  });

  it('restores rows, position and first outcomes, and the log goes on from there', async () => {
    const node = await aStoppedNode();
    const machine = await restore();
    expect(machine.hash).toBe(node.machine.hash);
    expect(machine.position).toEqual(node.machine.position);
    expect(stateRows(machine)).toEqual(stateRows(node.machine));
    const again = machine.apply(changeEntry(4, {}, 'command-2'));
    expect(again).toMatchObject({ duplicate: true, outcome: { status: 'applied' } });
  });

  it('gives the same state after any run of changes, restarts in between, as the log alone', async () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const change: fc.Arbitrary<RowChanges> = fc.oneof(
      fc
        .tuple(names, names)
        .map(([id, name]) => ({ put: [['users', aUserRow(id, { email: `${id}${name}` })] as const] })),
      names.map((id) => ({ remove: [['users', id] as const] })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { maxLength: 5 }), async (lives) => {
        await dataSource.query('TRUNCATE users, audit_records, command_outcomes, raft_meta CASCADE');
        let node = await PersistedNode.boot(dataSource);
        for (const life of lives) {
          for (const wanted of life) {
            // An applier deletes only what is there.
            const missing = wanted.remove?.some(([table, key]) => !node.machine.state.table(table).get(key ?? ''));
            if (!missing) node.change(wanted);
          }
          await node.persister.stop();
          node = await PersistedNode.boot(dataSource, {}, node.entries);
        }
        await node.persister.stop();
        const replayed = new StateMachine(aRowRegistry());
        for (const entry of node.entries) replayed.apply(entry);
        expect(node.machine.hash).toBe(replayed.hash);
        expect(stateRows(node.machine)).toEqual(stateRows(replayed));
        expect(node.machine.window.size).toBe(replayed.window.size);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('reads more rows than fit in one chunk', async () => {
    const node = await PersistedNode.boot(dataSource);
    const users = Array.from({ length: 5_000 }, (_, n) => ({ put: [['users', aUserRow(`user-${n}`)] as const] }));
    node.change(...users, { put: [['users', aUserRow('the last')]] });
    await node.persister.stop();
    const machine = await restore({ firstIndex: 1, lastIndex: 10_000 });
    expect(machine.hash).toBe(node.machine.hash);
    expect(machine.state.table('users').size).toBe(5_001);
    expect(machine.window.size).toBe(5_001);
  }, 30_000);

  it.each([
    [
      'another cluster',
      { clusterId: 'other' },
      /belongs to node node-1 \(first\) of cluster cluster.*DATABASE_URL or DATA_DIR/,
    ],
    ['another node', { nodeId: 'node-2' }, /the data directory to node node-2.*DATABASE_URL or DATA_DIR/],
    [
      'another incarnation',
      { incarnation: 'second' },
      /data directory was emptied or replaced.*put the old data directory back/,
    ],
  ])('refuses a database of %s and says what to do', async (_what, other, message) => {
    await aStoppedNode();
    await expect(restore(undefined, { ...identity, ...other })).rejects.toThrow(message);
  });

  it('refuses a database that is ahead of the log', async () => {
    await aStoppedNode();
    await expect(restore({ firstIndex: 1, lastIndex: 2 })).rejects.toThrow(
      /stands at index 3, ahead of the log, which ends at 2.*newest data directory back/,
    );
    await expect(restore({ firstIndex: 1, lastIndex: 3 })).resolves.toBeDefined();
  });

  it('refuses a database behind the first entry of the log, and does not make it its own', async () => {
    await expect(restore({ firstIndex: 500, lastIndex: 900 })).rejects.toThrow(
      /stands at index 0, but the log begins only at 500.*newest database back/,
    );
    expect(await dataSource.query('SELECT * FROM raft_meta')).toEqual([]);
    await aStoppedNode();
    await expect(restore({ firstIndex: 5, lastIndex: 9 })).rejects.toThrow(/begins only at 5/);
    await expect(restore({ firstIndex: 4, lastIndex: 9 })).resolves.toBeDefined();
  });

  it.each([
    ['changed', `UPDATE configs SET content = '{"a":2}'`],
    ['deleted', 'DELETE FROM configs'],
    ['added', `INSERT INTO users SELECT 'x', 'x@example.com', null, 'h', true, 1, now(), null, now(), null`],
  ])('refuses rows that somebody %s in SQL', async (_what, sql) => {
    await aStoppedNode();
    await dataSource.query(sql);
    await expect(restore()).rejects.toThrow(/do not give the hash.*at index 3.*backup/);
  });

  it('refuses rows without the record of whose they are', async () => {
    await aStoppedNode();
    await dataSource.query('DELETE FROM raft_meta');
    await expect(restore()).rejects.toThrow(/has rows in \w+ but no record of the node/);
  });

  it('gives an empty database to one of two nodes that want it at once', async () => {
    const wanted = ['node-1', 'node-2'].map((nodeId) => restore(undefined, { ...identity, nodeId }));
    const ends = await Promise.allSettled(wanted);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = ends.find((end) => end.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/at the same moment|belongs to node/);
  });

  it('waits for a commit of the process before it that is still on its way', async () => {
    await aStoppedNode();
    const before = dataSource.createQueryRunner();
    await before.startTransaction();
    await before.query('UPDATE raft_meta SET applied_index = 4');
    const restoring = restore();
    restoring.catch(() => undefined);
    const isWaitedFor = async (): Promise<boolean> => {
      const [found] = await before.query('SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AS is_waited_for');
      return found.is_waited_for;
    };
    while (!(await isWaitedFor())) await new Promise((resolve) => setTimeout(resolve, 5));
    await before.commitTransaction();
    await before.release();
    expect((await restoring).position.index).toBe(4);
  });

  it('makes what it starts from durable first', async () => {
    await restore();
    const behind = async (): Promise<{ readonly end: string; readonly is_behind: boolean }> => {
      const [found] = await dataSource.query<{ end: string; is_behind: boolean }[]>(
        'SELECT pg_current_wal_insert_lsn()::text AS end, pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() AS is_behind',
      );
      return found!;
    };
    const slowWriter = async (setting: string): Promise<void> => {
      await dataSource.query(setting);
      await dataSource.query('SELECT pg_reload_conf()');
    };
    const touch = (): Promise<unknown> =>
      dataSource.transaction(async (manager) => {
        await manager.query('SET LOCAL synchronous_commit = off');
        await manager.query('UPDATE raft_meta SET applied_index = applied_index');
      });
    // Otherwise the server makes it durable by itself within a moment.
    await slowWriter("ALTER SYSTEM SET wal_writer_delay = '10s'");
    let commit = await behind();
    for (let tries = 0; tries < 100 && !commit.is_behind; tries++) {
      await touch();
      commit = await behind();
    }
    expect(commit.is_behind).toBe(true);
    await restore();
    const [flushed] = await dataSource.query<object[]>('SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS is_safe', [
      commit.end,
    ]);
    await slowWriter('ALTER SYSTEM RESET wal_writer_delay');
    expect(flushed).toEqual({ is_safe: true });
  });
});
