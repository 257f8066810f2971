import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aProjectRow } from '../../../../test/support/rows';
import { Deadline } from '../common/deadline';
import type { NodeDatabase } from '../database/node-database';
import { AuditRecordEntity } from './audit-record.entity';
import type { ConsensusService } from './consensus.service';
import { History } from './history';

describe('History', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let node: PersistedNode;
  let history: History;

  beforeEach(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url, { poolMax: 1 });
    node = await PersistedNode.boot(dataSource);
    for (const n of [1, 2, 3]) node.change({ put: [['projects', aProjectRow(`project-${n}`)]] });
    await node.flush();
    // As it is while the node has not noticed the crash yet: what was flushed once still counts as flushed.
    const consensus = { flushed: () => Promise.resolve() } as unknown as ConsensusService;
    history = new History(consensus, { dataSource } as unknown as NodeDatabase);
  });

  afterEach(async () => {
    await node.persister.stop();
    await dataSource.destroy();
    await database.drop();
  });

  const standAt = (index: number) => dataSource.query('UPDATE raft_meta SET applied_index = $1', [index]);
  const recordsAt = (index: number, milliseconds = 10_000) =>
    history.at(index, Deadline.after(milliseconds), (snapshot) => snapshot.count(AuditRecordEntity));

  it('waits until the snapshot itself holds the index, and keeps no connection from others meanwhile', async () => {
    await standAt(2);
    const records = recordsAt(3);
    expect(await recordsAt(2)).toBe(3);
    await standAt(3);
    expect(await records).toBe(3);
  });

  it('is not ready at the deadline', async () => {
    await standAt(2);
    const outcome = { code: 'not-ready', detail: { retryAfterSeconds: 1 } };
    await expect(recordsAt(3, 60)).rejects.toMatchObject(outcome);
    await standAt(3);
  });

  it('shows all queries the same rows, writes nothing, and ends its transaction whatever happens', async () => {
    const other = await openedDataSource(database.url);
    const counts = await history.at(3, Deadline.after(10_000), async (snapshot) => {
      const before = await snapshot.count(AuditRecordEntity);
      await other.query('DELETE FROM audit_records WHERE index = 3');
      return [before, await snapshot.count(AuditRecordEntity)];
    });
    await other.destroy();
    expect(counts).toEqual([3, 3]);
    const writing = history.at(3, Deadline.after(10_000), (snapshot) => snapshot.query('DELETE FROM audit_records'));
    await expect(writing).rejects.toThrow('read-only transaction');
    expect(await recordsAt(3)).toBe(2);
  });
});
