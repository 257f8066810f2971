import { execFile } from 'node:child_process';
import { mkdir, open, readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorCode, saidBy, wayOut } from './embedded-postgres.error';
import { commandOf, handOver, ownDirectory, serverEnvironment, switchTo } from './server-account';
import type { RunnableServer } from './server-account';

export const majorVersion = '18';
export const superuser = 'config_guardian';

export interface ClusterOptions {
  /** Whether it must survive a crash of the machine. */
  readonly sync: boolean;
  /** Ends initdb. */
  readonly signal?: AbortSignal;
}

const draftPrefix = 'initialising-';

/**
 * Makes the cluster where there is none. It is prepared aside and renamed into place when initdb has finished and
 * synced, so a cluster that is there is whole; what a killed initdb left is thrown away.
 */
export async function ensureCluster(
  directory: string,
  cluster: string,
  server: RunnableServer,
  options: ClusterOptions,
): Promise<void> {
  await removeDrafts(directory);
  if (await isCluster(cluster)) return handOver(cluster, server.account);
  const draft = join(directory, `${draftPrefix}${process.pid}-${Date.now()}`);
  await mkdir(draft, { mode: 0o700 });
  await ownDirectory(draft, server.account);
  await initialise(draft, server, options);
  await rename(draft, cluster);
  if (options.sync) await syncDirectory(directory);
}

async function removeDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(draftPrefix)) await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function isCluster(cluster: string): Promise<boolean> {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (version?.trim() === majorVersion) return true;
  if (version !== undefined) {
    throw new EmbeddedPostgresError(
      'wrong-cluster',
      `${cluster} was made by PostgreSQL ${version.trim()}, and this node brings PostgreSQL ${majorVersion}. Move it away (the node catches up from its log and its peers), ${wayOut}.`,
    );
  }
  await rmdir(cluster).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return;
    throw new EmbeddedPostgresError(
      'wrong-cluster',
      `${cluster} holds something other than a PostgreSQL cluster. Move it away, ${wayOut}.`,
      error,
    );
  });
  return false;
}

async function initialise(
  draft: string,
  { account, binaries }: RunnableServer,
  { sync, signal }: ClusterOptions,
): Promise<void> {
  const [command, args] = commandOf(account, binaries.initdb, [
    `--pgdata=${draft}`,
    `--username=${superuser}`,
    '--encoding=UTF8',
    '--locale=C',
    '--auth-local=trust', // who reaches the socket could as well edit the files beside it
    '--auth-host=reject',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ]);
  try {
    await promisify(execFile)(command, args, { ...switchTo(account), cwd: '/', env: serverEnvironment(), signal });
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw new EmbeddedPostgresError(
      'init-failed',
      `initdb could not make the cluster in ${draft}: ${saidBy(error)}`,
      error,
    );
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
