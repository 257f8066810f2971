import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import { runningProcess } from '../../apps/server/src/database/embedded-postgres/running-process';
import { serverUrlVariable } from './postgres';
import { fastDirectory } from './postgres-directory';

interface TestServer {
  readonly server: EmbeddedPostgres;
  readonly directory: string;
  users: number;
}

/** Kept in the process, because set-up and tear-down are loaded apart and run for every project that names them. */
const shared = globalThis as { configGuardianTestServer?: Promise<TestServer> };

const prefix = 'config-guardian-tests-';

/** No test of these databases survives a crash of the machine, so nothing is synced. */
const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' };

export async function useTestServer(): Promise<void> {
  shared.configGuardianTestServer ??= startTestServer();
  const running = await shared.configGuardianTestServer;
  running.users += 1;
  process.env[serverUrlVariable] = running.server.connectionUrl;
}

export async function releaseTestServer(): Promise<void> {
  const running = await shared.configGuardianTestServer;
  if (running === undefined || --running.users > 0) return;
  shared.configGuardianTestServer = undefined;
  await running.server.stop();
  await rm(running.directory, { recursive: true, force: true });
}

async function startTestServer(): Promise<TestServer> {
  const parent = fastDirectory();
  await removeAbandoned(parent);
  const directory = join(parent, `${prefix}${process.pid}`);
  await rm(directory, { recursive: true, force: true }); // of an earlier process of this number
  await mkdir(directory, { mode: 0o711 });
  const log = (level: string, message: string): void => {
    if (level !== 'info') console.error(message);
  };
  const server = await startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), settings, log });
  return { server, directory, users: 0 };
}

/** What a killed test run left; its server has shut down by itself. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (Number.isNaN(owner) || runningProcess(owner) !== undefined) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch((error: unknown) => {
      console.error(`${join(parent, name)} was left by an earlier test run and cannot be removed: ${String(error)}`);
    });
  }
}
