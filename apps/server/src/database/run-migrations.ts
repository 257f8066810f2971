import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, MigrationExecutor } from 'typeorm';
import type { QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { DatabaseError } from './open-database';

/** Any number that no one else takes in this database. */
const migrationLock = 7_205_759_403;
const pollMs = 100;

/**
 * Brings the schema up to this build, one starter at a time. On a connection of its own, whose statements have no time
 * limit: to build an index over a large table takes as long as it takes.
 */
export async function runMigrations(dataSource: DataSource, waitMs = 60_000): Promise<readonly string[]> {
  const options = dataSource.options as PostgresDataSourceOptions;
  const limits = { statement_timeout: 0, query_timeout: 0, idle_in_transaction_session_timeout: 0 };
  const extra = { ...(options.extra as object), ...limits };
  const own = await new DataSource({ ...options, entities: [], poolSize: 1, extra }).initialize();
  try {
    const runner = own.createQueryRunner();
    await lockMigrations(runner, waitMs);
    await refuseNewer(own, runner);
    const done = await new MigrationExecutor(own, runner).executePendingMigrations();
    return done.map(({ name }) => name);
  } finally {
    await own.destroy(); // ends the session, and with it the lock
  }
}

async function lockMigrations(runner: QueryRunner, waitMs: number): Promise<void> {
  for (const deadline = Date.now() + waitMs; ; await delay(pollMs)) {
    const [found] = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [migrationLock])) as {
      locked: boolean;
    }[];
    if (found?.locked) return;
    if (Date.now() >= deadline) {
      throw new DatabaseError(
        `Another process has been changing the schema of this database for more than ${waitMs / 1000} s. ` +
          'Wait until it has finished, then start this node again.',
      );
    }
  }
}

/** Rows that a newer build wrote must not be read by an older one: it would drop the columns it does not know. */
async function refuseNewer(own: DataSource, runner: QueryRunner): Promise<void> {
  if (!(await runner.hasTable('migrations'))) return;
  const known = new Set(own.migrations.map(({ name, constructor }) => name ?? constructor.name));
  const executed = (await runner.query('SELECT name FROM migrations ORDER BY id')) as { name: string }[];
  const unknown = executed.filter(({ name }) => !known.has(name));
  if (unknown.length === 0) return;
  throw new DatabaseError(
    `This database was migrated by a newer build (${unknown.map(({ name }) => name).join(', ')}). ` +
      'Start that build, or revert its migrations with it first (npm run migration:revert).',
  );
}
