import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** Where the global set-up says which server the workers use. */
export const serverUrlVariable = 'TEST_POSTGRES_URL';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Ends the sessions that still use the database, and removes it. */
  drop(): Promise<void>;
}

/** A database of its own for one suite; the copy of a prepared template takes some 10 ms. */
export async function createTestDatabase(template = 'template0'): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer((admin) =>
    admin.query(`CREATE DATABASE ${name} TEMPLATE ${admin.escapeIdentifier(template)} STRATEGY file_copy`),
  );
  const drop = async (): Promise<void> => {
    await onServer((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  };
  return { name, url: urlOf(name), drop };
}

/**
 * Answers the name of a database to copy. The first worker to ask makes it: `prepare` gets the URL of an empty database
 * and closes its connections before it resolves. The others wait; a `prepare` that failed is run again by the next.
 */
export async function ensureTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<string> {
  const template = `template_${name}`;
  return onServer(async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [template]); // freed with the session
    const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount !== 0) return template;
    const draft = `draft_${name}`;
    await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeIdentifier(draft)} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(draft)} TEMPLATE template0 STRATEGY file_copy`);
    await prepare(urlOf(draft));
    await admin.query(`ALTER DATABASE ${admin.escapeIdentifier(draft)} RENAME TO ${admin.escapeIdentifier(template)}`);
    return template;
  });
}

function urlOf(database: string): string {
  const url = serverUrl();
  return url.replace(/(@[^/]*\/)[^?]*/, `$1${encodeURIComponent(database)}`);
}

function serverUrl(): string {
  const url = process.env[serverUrlVariable];
  if (url === undefined) {
    throw new Error(
      `${serverUrlVariable} is not set: only the jest projects with the PostgreSQL global set-up have it.`,
    );
  }
  return url;
}

async function onServer<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: serverUrl() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
