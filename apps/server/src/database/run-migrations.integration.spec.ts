import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { openedDataSource } from '../../../../test/support/persisted-node';
import { createTestDatabase } from '../../../../test/support/postgres';
import type { TestDatabase } from '../../../../test/support/postgres';
import { migrations } from './migrations';
import { runMigrations } from './run-migrations';

describe('runMigrations', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await openedDataSource(database.url);
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const columns = `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, datetime_precision
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`;
  const constraints = `SELECT conrelid::regclass::text AS "table", conname, contype, condeferrable, condeferred, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`;
  const indexes = `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`;
  const comments = `SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
    WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2`;

  const catalogs = async () => ({
    columns: await dataSource.query<object[]>(columns),
    constraints:
      await dataSource.query<{ table: string; contype: string; condeferred: boolean; conname: string }[]>(constraints),
    indexes: await dataSource.query<object[]>(indexes),
    comments: await dataSource.query<object[]>(comments),
  });

  it('goes up, down to nothing, and up to the very same schema', async () => {
    expect(await runMigrations(dataSource)).toHaveLength(migrations.length);
    const first = await catalogs();
    for (const _ of migrations) await dataSource.undoLastMigration();
    const left = await dataSource.query<{ name: string }[]>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    expect(left.map(({ name }) => name)).toEqual(['migrations']);
    await runMigrations(dataSource);
    const second = await catalogs();
    expect(second).toEqual(first);
    expect(first.constraints.length).toBeGreaterThan(20);
    expect(first.comments.length).toBeGreaterThan(40);
  });

  it('makes the schema that the entities describe', async () => {
    await runMigrations(dataSource);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('checks every unique and foreign key at the end of the transaction, and has none on history', async () => {
    await runMigrations(dataSource);
    const { constraints: found } = await catalogs();
    const keys = found.filter(({ contype }) => contype === 'u' || contype === 'f');
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter(({ condeferred }) => !condeferred)).toEqual([]);
    const history = ['audit_records', 'config_revisions', 'schema_versions', 'command_outcomes'];
    expect(keys.filter(({ table }) => history.includes(table))).toEqual([]);
  });

  it('lets the database generate nothing', async () => {
    await runMigrations(dataSource);
    const found = await dataSource.query<{ what: string }[]>(`
      SELECT table_name || '.' || column_name AS what FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'migrations' AND (column_default IS NOT NULL OR is_identity = 'YES' OR is_generated <> 'NEVER')
      UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`);
    expect(found).toEqual([]);
  });

  it('may be started by several at once', async () => {
    const other = await openedDataSource(database.url);
    const done = await Promise.all([runMigrations(dataSource), runMigrations(other), runMigrations(dataSource)]);
    await other.destroy();
    expect(done.map(({ length }) => length).sort()).toEqual([0, 0, migrations.length]);
  });

  it('says so when another holds the lock for too long', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT pg_advisory_lock(7205759403)');
    await expect(runMigrations(dataSource, 150)).rejects.toThrow(/Another process has been changing the schema/);
    await runner.query('SELECT pg_advisory_unlock_all()');
    await runner.release();
  });

  it('refuses a database that a newer build has migrated', async () => {
    await runMigrations(dataSource);
    await dataSource.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await expect(runMigrations(dataSource)).rejects.toThrow(
      /newer build \(FromTheFuture9999999999999\).*migration:revert/,
    );
  });

  it('knows every file in migrations/, in the order of their names', () => {
    const files = readdirSync(join(__dirname, '../../../../migrations'))
      .filter((name) => name.endsWith('.ts'))
      .sort();
    const timestamps = migrations.map(({ name }) => name.slice(-13));
    expect(files.map((name) => name.slice(0, 13))).toEqual(timestamps);
  });
});
