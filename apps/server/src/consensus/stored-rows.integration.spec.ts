import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { aConfigRow, aProjectRow, aSchemaRow } from '../../../../test/support/rows';
import { aRowRegistry } from '../../../../test/support/state-rows';
import { DatabaseSession } from '../database/database-session';
import type { ConfigEntity } from '../configs/config.entity';
import { eachChunk } from './stored-rows';

describe('the rows of a table, read through a cursor', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let node: PersistedNode;

  beforeEach(async () => {
    database = await aMigratedDatabase();
    dataSource = await openedDataSource(database.url);
    node = await PersistedNode.boot(dataSource);
    node.change({
      put: [
        ['projects', aProjectRow('project-1')],
        ['schemas', aSchemaRow('schema-1')],
      ],
    });
  });
  afterEach(async () => {
    await node.persister.stop();
    await dataSource.destroy();
    await database.drop();
  });

  async function chunksOf(contents: readonly string[]): Promise<readonly (readonly ConfigEntity[])[]> {
    const keys = contents.map((_, n) => `key-${String(n).padStart(5, '0')}`);
    node.change(
      ...contents.map((content, n) => ({
        put: [['configs', aConfigRow('project-1', keys[n]!, { content })]] as const,
      })),
    );
    await node.flush();
    const table = aRowRegistry().tables.find(({ name }) => name === 'configs')!;
    const session = await DatabaseSession.open(dataSource, 'test');
    const chunks: (readonly ConfigEntity[])[] = [];
    await session.query('BEGIN');
    await eachChunk(session, dataSource, table, '', (rows) => void chunks.push(rows as readonly ConfigEntity[]));
    await session.query('COMMIT');
    session.close();
    expect(chunks.flat().map(({ key }) => key)).toEqual(keys);
    expect(chunks.flat().map(({ content }) => content)).toEqual(contents);
    return chunks;
  }

  const characters = (rows: readonly ConfigEntity[]): number =>
    rows.reduce((sum, { content }) => sum + content.length, 0);

  it.each([0, 1, 7, 8, 9, 24])('come once each: %i of them', async (count) => {
    await chunksOf(Array.from({ length: count }, (_, n) => String(n)));
  });

  it('come many at a time while they are small', async () => {
    const chunks = await chunksOf(Array.from({ length: 3_000 }, (_, n) => String(n)));
    expect(chunks.length).toBeLessThan(20);
    expect(Math.max(...chunks.map((rows) => rows.length))).toBeLessThanOrEqual(400);
  });

  it('come few at a time when they are large', async () => {
    const chunks = await chunksOf(Array.from({ length: 30 }, (_, n) => JSON.stringify(`${n} ${'x'.repeat(900_000)}`)));
    expect(Math.max(...chunks.map(characters))).toBeLessThan(8 * 1024 ** 2);
    // After the first, whose rows nobody knew.
    expect(Math.max(...chunks.slice(1).map(characters))).toBeLessThan(5 * 1024 ** 2);
  });
});
