import 'reflect-metadata';
import * as fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aProjectRow, aRevisionRow, aUserRow } from '../../../../test/support/rows';
import { databaseRows, stateRows } from '../../../../test/support/state-rows';
import { maxIndexedBytes } from './state/table-definition';

/** Any text that the persister lets through, with what array and string literals could stumble over made likely. */
const storableText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.constantFrom(
          '"',
          '\\',
          '{',
          '}',
          ',',
          "'",
          'NULL',
          'null',
          '\\"',
          '\n',
          '\r',
          '\t',
          ' ',
          '$1',
          '\u2028',
          '\uffff',
          '\ufeff',
          '😀',
          'İ',
        ),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('').replaceAll('\u0000', '').slice(0, maxLength))
    .filter((text) => !/\p{Surrogate}/u.test(text));

/** PostgreSQL compresses what it indexes, so only noise shows how long a text may be. */
function incompressible(length: number): string {
  let seed = 1;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  return Array.from({ length }, () => String.fromCharCode(33 + (next() % 94))).join('');
}

describe('What the persister accepts, PostgreSQL takes', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let node: PersistedNode;

  beforeAll(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url);
    node = await PersistedNode.boot(dataSource);
  });

  afterAll(async () => {
    await node.persister.stop();
    await dataSource.destroy();
    await database.drop();
  });

  it('whatever text, number, moment and null a row holds', async () => {
    let made = 0;
    const nullable = fc.option(storableText(60));
    const moment = fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((at) => at.toISOString());
    const rows = fc.tuple(
      storableText(60),
      nullable,
      storableText(300),
      moment,
      fc.boolean(),
      fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 20 }), async (batch) => {
        const changes = batch.map(([text, optional, long, at, flag, number]) => {
          const id = `${++made} ${text}`;
          return {
            put: [
              ['users', aUserRow(id, { email: id, name: optional, passwordHash: long, isAdmin: flag, createdAt: at })],
            ] as const,
            append: [
              ['config_revisions', aRevisionRow(id, text, number, { content: optional, createdAt: at })],
            ] as const,
          };
        });
        node.change(...changes);
        await node.flush();
        expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
      }),
      { numRuns: 60 },
    );
    const revisions = (await databaseRows(dataSource, 'history'))['config_revisions'];
    expect(revisions).toHaveLength(made);
  }, 60_000);

  it('the longest indexed texts there may be, though they cannot be compressed', async () => {
    const noise = incompressible(maxIndexedBytes);
    node.change({
      put: [
        ['projects', aProjectRow(noise, { name: noise })],
        ['users', aUserRow(noise.slice(1), { email: noise })],
      ],
      append: [['config_revisions', aRevisionRow(noise, noise, 1)]],
    });
    await node.flush();
    expect(await databaseRows(dataSource)).toEqual(stateRows(node.machine));
  });
});

describe('What PostgreSQL cannot take, the persister refuses before it is queued', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const noise = incompressible(9_000);

  it.each([
    ['NUL in a text', { name: 'a\u0000b' }, /users.name holds NUL/],
    ['a lone high surrogate', { name: 'a\ud800' }, /users.name holds a lone surrogate/],
    ['a lone low surrogate', { name: '\udc00a' }, /users.name holds a lone surrogate/],
    ['null where there must be a value', { passwordHash: null }, /users.password_hash is null/],
    ['a value of another kind', { isAdmin: 'yes' }, /users.is_admin is no boolean/],
    ['a moment beyond the year 9999', { createdAt: '+010000-01-01T00:00:00.000Z' }, /users.created_at is no moment/],
    ['a missing value', { passwordHash: undefined }, /users.password_hash is no text/],
  ])('%s', async (_what, more, message) => {
    await dataSource.query('TRUNCATE users, audit_records, command_outcomes, raft_meta CASCADE');
    const node = await PersistedNode.boot(dataSource);
    expect(() => node.change({ put: [['users', aUserRow('user-1', more)]] })).toThrow(message);
    expect(node.persister.status().pendingEntries).toBe(0);
    await node.persister.stop();
  });

  it('9 kB in an indexed column of a history; in a current table the command itself is rejected', async () => {
    await dataSource.query('TRUNCATE users, audit_records, command_outcomes, raft_meta CASCADE');
    const node = await PersistedNode.boot(dataSource);
    const rejected = node.change({ put: [['users', aUserRow('user-1', { email: noise })]] });
    expect(node.machine.window.find(`command-${rejected}`)?.outcome).toMatchObject({ code: 'validation-failed' });
    const append = () => node.change({ append: [['config_revisions', aRevisionRow('p', noise, 1)]] });
    expect(append).toThrow(/config_revisions.key is indexed and longer than 1024 bytes/);
    await node.persister.stop();
  });

  it('because PostgreSQL refuses NUL and long keys, and changes a lone surrogate without a word', async () => {
    const sent = (value: string) =>
      dataSource.query<{ value: string }[]>('SELECT * FROM unnest($1::text[]) AS value', [[value]]);
    await expect(sent('a\u0000')).rejects.toMatchObject({ code: '22021' });
    expect(await sent('a\ud800')).toEqual([{ value: 'a\ufffd' }]);
    await dataSource.query('CREATE TEMPORARY TABLE names (name text PRIMARY KEY)');
    await expect(dataSource.query('INSERT INTO names VALUES ($1)', [noise])).rejects.toMatchObject({ code: '54000' });
  });
});
