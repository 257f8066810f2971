import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import { NodeProcess } from '../support/node-process';
import { password } from './http-target';
import { printTable, quantilesOf } from './load-run';
import { fill } from './queries-fill';
import type { QueryKind } from './query-kinds';
import { queryKinds } from './query-kinds';

/**
 * How long every kind of query takes on a full database, and which tables it reads from end to end.
 * `npm run bench:queries [-- words of the queries]`; CONFIGS and REVISIONS shrink it, REQUESTS and CLIENTS change how it
 * is asked.
 */
const configs = Number(process.env['CONFIGS'] ?? 100_000);
const revisions = Number(process.env['REVISIONS'] ?? 1_000_000);
const requests = Number(process.env['REQUESTS'] ?? 200);
const clients = Number(process.env['CLIENTS'] ?? 2);
const words = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
/** PostgreSQL tells of a sequential scan up to ten seconds after it. */
const statisticsDelayMs = 11_000;
/** Fewer rows than this are read faster from end to end than through an index. */
const largeTable = 10_000;

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  print(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}

/** A few clients, each asking the next question as soon as it has its answer. */
async function measure(url: string, headers: Record<string, string>, kind: QueryKind): Promise<number[]> {
  const times: number[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => {
    for (let n = asked++; n < requests; n = asked++) {
      const startedAt = performance.now();
      const answer = await fetch(`${url}${kind(n)}`, { headers });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`GET ${kind(n)}: ${answer.status} ${text}`);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, ask));
  return times;
}

interface TableScans {
  readonly name: string;
  readonly rows: number;
  readonly scans: number;
}

async function tableScans(database: Client): Promise<readonly TableScans[]> {
  const { rows } = await database.query<{ name: string; rows: string; scans: string }>(
    'SELECT relname AS name, n_live_tup AS rows, seq_scan AS scans FROM pg_stat_user_tables ORDER BY n_live_tup DESC',
  );
  return rows.map((row) => ({ name: row.name, rows: Number(row.rows), scans: Number(row.scans) }));
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-queries-'));
  const log = (level: string, message: string): void => (level === 'info' ? undefined : print(message));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log });
  const variables = {
    DATA_DIR: join(directory, 'node'),
    DATABASE_URL: postgres.connectionUrl,
    ADMIN_PASSWORD: password,
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: process.env['NODE_OPTIONS'] ?? '',
  };
  const filled = await timed(`${configs} configs, ${revisions} revisions`, () =>
    fill(variables, { configs, revisions }),
  );
  const database = new Client({ connectionString: postgres.connectionUrl });
  await database.connect();
  // What autovacuum does within minutes on a node that runs.
  await timed('VACUUM ANALYZE', () => database.query('VACUUM ANALYZE'));
  const node = await NodeProcess.on(variables.DATA_DIR, variables);
  await timed('boot until ready', () => node.start());
  const login = await fetch(`${node.url}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@example.com', password }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  await wait(statisticsDelayMs);
  const before = new Map((await tableScans(database)).map(({ name, scans }) => [name, scans]));
  const headers = { authorization: `Bearer ${accessToken}` };
  const rows: string[][] = [];
  for (const [name, kind] of Object.entries(queryKinds(filled))) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    const quantile = quantilesOf(await measure(node.url, headers, kind));
    rows.push([name, ...[0.5, 0.95, 1].map((q) => quantile(q).toFixed(1))]);
  }
  printTable(['query', 'p50 ms', 'p95 ms', 'max ms'], rows);
  await wait(statisticsDelayMs);
  const scanned = (await tableScans(database)).map(({ name, rows: held, scans }) => ({
    name,
    held,
    scans: scans - (before.get(name) ?? 0),
  }));
  printTable(
    ['table', 'rows', 'sequential scans'],
    scanned.map(({ name, held, scans }) => [name, String(held), String(scans)]),
  );
  const slow = rows.filter((row) => Number(row[2]) >= 50).map(([name]) => name);
  const read = scanned.filter(({ held, scans }) => held >= largeTable && scans > 0).map(({ name }) => name);
  print(`queries with p95 of 50 ms or more: ${slow.join(', ') || 'none'}`);
  print(`large tables read from end to end: ${read.join(', ') || 'none'}`);
  await node.stop();
  await database.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

main().catch((error: unknown) => {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
