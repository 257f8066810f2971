import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { createTestDatabase, ensureTemplate } from '../../../../test/support/postgres';
import type { TestDatabase } from '../../../../test/support/postgres';
import { eventually } from '../../../../test/support/postgres-directory';
import type { Environment } from '../common/env';
import { Deadline } from '../common/deadline';
import type { RequestContext } from '../common/http/request-context';
import { Rejected } from '../common/rejected';
import type { AuditHead, UnchainedAuditRecord } from '../consensus/audit-chain';
import { chainAuditRecord, firstAuditHead } from '../consensus/audit-chain';
import { AuditRecordEntity } from '../consensus/audit-record.entity';
import type { CommandRegistry } from '../consensus/command.registry';
import type { ConsensusService } from '../consensus/consensus.service';
import { History } from '../consensus/history';
import { RaftMetaEntity } from '../consensus/raft-meta.entity';
import { createDataSource } from '../database/data-source';
import type { NodeDatabase } from '../database/node-database';
import { runMigrations } from '../database/run-migrations';
import { AuditVerification } from './audit-verification';
import { AuditQuery } from './audit.dto';
import { AuditService } from './audit.service';

const limits = { poolMax: 4, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 };
const startMs = Date.UTC(2026, 0, 1);
const count = 2_500;

/** What the node would say: everything is flushed, and the state stands where the database does. */
class Standing {
  auditHead: AuditHead = firstAuditHead;
  appliedIndex = 0;
  flushed = (): Promise<void> => Promise.resolve();
}

const recordAt = (index: number): UnchainedAuditRecord => ({
  index,
  at: new Date(startMs + Math.floor(index / 2) * 1000).toISOString(),
  actorId: index % 5 ? `user-${index % 3}` : null,
  requestId: `request-${index}`,
  command: index % 4 ? 'config.update@1' : index % 8 ? 'config.update@2' : 'user.create@1',
  subjectType: 'config',
  subjectId: 'app',
  projectId: index % 2 ? 'p1' : 'p2',
  outcome: 'applied',
  code: null,
  summary: `update config app ${index}`,
  versionBefore: index,
  versionAfter: index + 1,
});

describe('audit records in PostgreSQL', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let standing: Standing;
  let audit: AuditService;
  let verification: AuditVerification;

  beforeAll(async () => {
    const template = await ensureTemplate('migrated', async (url) => {
      const empty = await createDataSource({ url, ...limits }, []).initialize();
      await runMigrations(empty);
      await empty.destroy();
    });
    database = await createTestDatabase(template);
    dataSource = await createDataSource({ url: database.url, ...limits }, [
      AuditRecordEntity,
      RaftMetaEntity,
    ]).initialize();
    const node = { dataSource } as unknown as NodeDatabase;
    standing = new Standing();
    const consensus = standing as unknown as ConsensusService;
    const commands = [
      { type: 'config.update', version: 1 },
      { type: 'config.update', version: 2 },
    ];
    const environment = { maxResponseBytes: 1024 ** 2 } as Environment;
    const history = new History(consensus, node);
    audit = new AuditService(consensus, history, { commands } as unknown as CommandRegistry, environment);
    verification = new AuditVerification(consensus, history);
    const records: AuditRecordEntity[] = [];
    for (let index = 2; index <= count; index++) {
      records.push(chainAuditRecord(recordAt(index), standing.auditHead));
      standing.auditHead = { index, hash: records.at(-1)?.hash ?? '' };
    }
    for (let from = 0; from < records.length; from += 500)
      await dataSource.getRepository(AuditRecordEntity).insert(records.slice(from, from + 500));
    standing.appliedIndex = count + 2;
    await dataSource.getRepository(RaftMetaEntity).insert({
      id: 1,
      clusterId: 'c',
      nodeId: 'n',
      incarnation: 'i',
      appliedIndex: standing.appliedIndex,
      appliedTerm: 1,
      lastAt: new Date(startMs).toISOString(),
      rowHash: '',
      auditHeadIndex: count,
      auditHeadHash: standing.auditHead.hash,
      clusterVersion: 1,
      membership: '{}',
    });
  });

  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  const context = (milliseconds = 30_000): RequestContext =>
    ({ deadline: Deadline.after(milliseconds) }) as RequestContext;
  const query = (filter: Partial<AuditQuery>): AuditQuery => Object.assign(new AuditQuery(), filter);

  async function indexesOf(filter: Partial<AuditQuery>): Promise<number[]> {
    const indexes: number[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await audit.list(query({ limit: 200, ...filter, cursor }), context());
      indexes.push(...page.items.map(({ index }) => index));
      if (page.nextCursor === null) return indexes;
      cursor = page.nextCursor;
    }
  }

  const expected = (wanted: (record: UnchainedAuditRecord) => boolean): number[] =>
    Array.from({ length: count - 1 }, (_, place) => count - place).filter((index) => wanted(recordAt(index)));

  describe('the list', () => {
    it('gives records in the shape of the contract, newest first', async () => {
      const { items, nextCursor } = await audit.list(query({ limit: 1 }), context());
      const { subjectType: type, subjectId: id, projectId, ...rest } = recordAt(count);
      const hash = standing.auditHead.hash;
      expect(items).toEqual([{ ...rest, subject: { type, id, projectId }, previousHash: expect.any(String), hash }]);
      expect(nextCursor).not.toBeNull();
    });

    it('pages through everything once', async () => expect(await indexesOf({})).toEqual(expected(() => true)));

    it.each<[string, Partial<AuditQuery>, (record: UnchainedAuditRecord) => boolean]>([
      ['a project', { projectId: 'p1' }, ({ projectId }) => projectId === 'p1'],
      ['an actor', { actorId: 'user-1' }, ({ actorId }) => actorId === 'user-1'],
      ['a command with its version', { command: 'config.update@2' }, ({ command }) => command === 'config.update@2'],
      [
        'a command in every version',
        { command: 'config.update' },
        ({ command }) => command.startsWith('config.update@'),
      ],
      ['an unknown command', { command: 'config' }, () => false],
      ['a beginning', { since: '2026-01-01T00:15:00+00:00' }, ({ at }) => at >= '2026-01-01T00:15:00.000Z'],
      ['an end', { until: '2026-01-01T00:02:00.0005Z' }, ({ at }) => at <= '2026-01-01T00:02:00.000Z'],
      ['a time before everything', { until: '0000-01-01T00:00:00Z' }, () => false],
      ['a time after everything', { since: '9999-12-31T23:59:59-12:00' }, () => false],
      ['an end before the beginning', { since: '2026-01-01T00:03:00Z', until: '2026-01-01T00:02:00Z' }, () => false],
      [
        'all of them',
        {
          projectId: 'p1',
          actorId: 'user-2',
          command: 'config.update',
          since: '2026-01-01T00:05:00Z',
          until: '2026-01-01T00:10:00Z',
        },
        ({ projectId, actorId, command, at }) =>
          projectId === 'p1' &&
          actorId === 'user-2' &&
          command.startsWith('config.update@') &&
          at >= '2026-01-01T00:05:00.000Z' &&
          at <= '2026-01-01T00:10:00.000Z',
      ],
    ])('filters by %s', async (_name, filter, wanted) => {
      expect(await indexesOf(filter)).toEqual(expected(wanted));
    });

    it('refuses a cursor of another list', async () => {
      const cursor = Buffer.from('["p1"]').toString('base64url');
      await expect(audit.list(query({ cursor }), context())).rejects.toMatchObject({ code: 'validation-failed' });
    });
  });

  describe('the verification', () => {
    const verify = () => verification.verify(Deadline.after(30_000));

    /** Verifies after statements that are then undone. */
    async function verifyAfter(...statements: readonly string[]) {
      const backup = await dataSource.query<object[]>('SELECT * FROM audit_records');
      try {
        for (const statement of statements) await dataSource.query(statement);
        return await verify();
      } finally {
        await dataSource.query('TRUNCATE audit_records');
        await dataSource.query(
          'INSERT INTO audit_records SELECT * FROM json_populate_recordset(NULL::audit_records, $1)',
          [JSON.stringify(backup)],
        );
      }
    }

    const good = () => ({
      valid: true,
      checked: count - 1,
      headIndex: count,
      headHash: standing.auditHead.hash,
      firstBroken: null,
    });

    it('finds an untouched chain valid', async () => expect(await verify()).toEqual(good()));

    it.each<[string, number, readonly string[]]>([
      ['a changed row', 1700, ["UPDATE audit_records SET summary = 'nothing happened' WHERE index = 1700"]],
      ['a changed time', 1700, ["UPDATE audit_records SET at = at + interval '1 second' WHERE index = 1700"]],
      ['a time that no clock tells', 1700, ["UPDATE audit_records SET at = 'infinity' WHERE index = 1700"]],
      ['a row that was moved', 1701, ['UPDATE audit_records SET index = 999999 WHERE index = 1700']],
      ['a deleted row', 1701, ['DELETE FROM audit_records WHERE index = 1700']],
      ['deleted first rows', 1001, ['DELETE FROM audit_records WHERE index <= 1000']],
      ['deleted last rows', count, [`DELETE FROM audit_records WHERE index > ${count - 3}`]],
      ['an emptied table', count, ['TRUNCATE audit_records']],
      [
        'a row before the first',
        0,
        [
          'INSERT INTO audit_records SELECT 0, at, actor_id, request_id, command, subject_type, subject_id, project_id, outcome, code, summary, version_before, version_after, previous_hash, hash FROM audit_records WHERE index = 9',
        ],
      ],
      [
        'a row beyond the head',
        count + 1,
        [
          `INSERT INTO audit_records SELECT ${count + 1}, at, actor_id, request_id, command, subject_type, subject_id, project_id, outcome, code, summary, version_before, version_after, previous_hash, hash FROM audit_records WHERE index = 9`,
        ],
      ],
    ])('names %s', async (_name, index, statements) => {
      expect(await verifyAfter(...statements)).toMatchObject({
        valid: false,
        firstBroken: { index, reason: expect.any(String) },
        headIndex: count,
      });
      expect(await verify()).toEqual(good());
    });

    it('names a row beyond the head although the stored head was changed with it', async () => {
      const forged = chainAuditRecord(recordAt(count + 1), standing.auditHead);
      await dataSource.getRepository(AuditRecordEntity).insert(forged);
      await dataSource.query('UPDATE raft_meta SET audit_head_index = $1, audit_head_hash = $2', [
        forged.index,
        forged.hash,
      ]);
      const found = await verify();
      await dataSource.query('DELETE FROM audit_records WHERE index > $1', [count]);
      await dataSource.query('UPDATE raft_meta SET audit_head_index = $1', [count]);
      expect(found.firstBroken).toMatchObject({ index: count + 1 });
    });

    it('leaves records to the next time that came after the head was read', async () => {
      const { auditHead, appliedIndex } = standing;
      const newer = chainAuditRecord(recordAt(count + 1), auditHead);
      standing.flushed = async () => {
        await dataSource.getRepository(AuditRecordEntity).insert(newer);
        await dataSource.query('UPDATE raft_meta SET audit_head_index = $1', [newer.index]);
        standing.auditHead = { index: newer.index, hash: newer.hash };
      };
      const found = await verify();
      await dataSource.query('DELETE FROM audit_records WHERE index > $1', [count]);
      await dataSource.query('UPDATE raft_meta SET audit_head_index = $1', [count]);
      Object.assign(standing, { auditHead, appliedIndex, flushed: () => Promise.resolve() });
      expect(found).toEqual(good());
    });

    it('does not take a database that lost its newest commits in a crash for a broken chain', async () => {
      await dataSource.query('UPDATE raft_meta SET applied_index = 100');
      const outcome = await verification.verify(Deadline.after(100)).catch((error: unknown) => error);
      await dataSource.query('UPDATE raft_meta SET applied_index = $1', [count + 2]);
      expect(outcome).toBeInstanceOf(Rejected);
      expect(outcome).toMatchObject({ code: 'not-ready' });
    });

    it('ends with its deadline and leaves no transaction behind', async () => {
      await expect(verification.verify(Deadline.after(0))).rejects.toMatchObject({ code: 'timeout' });
      expect(await verify()).toEqual(good());
      // A transaction whose caller has been told ends a moment later.
      await eventually('no transaction is open', async () => {
        const open = await dataSource.query<object[]>(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        );
        return open.length === 0 ? true : undefined;
      });
    });

    it('answers several at once, each with the whole chain', async () => {
      expect(await Promise.all([verify(), verify(), verify()])).toEqual([good(), good(), good()]);
    });
  });
});
