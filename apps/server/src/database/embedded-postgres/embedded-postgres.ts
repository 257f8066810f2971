import { DirectoryInUse, lockDirectory } from '@config-guardian/raft-node';
import { chmod, mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError, whileWriting } from './embedded-postgres.error';
import { installedBinaries } from './postgres-binaries';
import { ensureCluster, superuser } from './postgres-cluster';
import type { PostmasterExit } from './postmaster';
import { ensureDatabase } from './postgres-database';
import type { ConnectionOptions } from './postgres-database';
import { findRunnableServer } from './server-account';
import { ServerLog } from './server-log';
import type { EmbeddedPostgresLog } from './server-log';
import { serverSettings } from './server-settings';
import { socketDirectory, socketPort } from './socket-directory';
import { SupervisedServer } from './supervised-server';

export interface EmbeddedPostgresOptions {
  /** Everything of the server lies below it: the cluster, the socket, the log. Made if it is not there. */
  readonly dataDirectory: string;
  readonly log: EmbeddedPostgresLog;
  /** Server settings that replace the usual ones, as in `postgres -c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Binaries other than the installed package's. */
  readonly binariesDirectory?: string;
  /** Gives the start up: what it has begun is ended, and it rejects. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /** For `pg`, libpq and psql. The server listens on a Unix socket only, in a directory that other users cannot enter. */
  readonly connectionUrl: string;
  /** The same for clients that take no socket in a URL; `host` is the socket's directory. Valid over restarts. */
  readonly connectionOptions: ConnectionOptions;
  /** The server's process, which changes with a restart; undefined while there is none. */
  readonly processId: number | undefined;
  /** Tells of every end of the server that was not asked for; it is being restarted. Answers the way to unsubscribe. */
  onExit(callback: (exit: PostmasterExit) => void): () => void;
  /** Ends the server and frees the directory. The server runs until this is called or the process is gone. */
  stop(): Promise<void>;
}

export const databaseName = superuser;

/** Starts PostgreSQL on `dataDirectory`, after whatever happened to it before. Throws `EmbeddedPostgresError`. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const installed = options.binariesDirectory ?? installedBinaries();
  const directory = await whileWriting(options.dataDirectory, () => madeDirectory(options.dataDirectory));
  const unlock = await whileWriting(directory, () => locked(directory));
  try {
    return await whileWriting(directory, () => startLocked(directory, installed, options, unlock));
  } catch (error) {
    unlock();
    throw error;
  }
}

/** PostgreSQL itself keeps two servers apart; this tells a living node's server from one that a dead node left behind. */
async function locked(directory: string): Promise<() => void> {
  try {
    return await lockDirectory(directory);
  } catch (error) {
    if (error instanceof DirectoryInUse) throw new EmbeddedPostgresError('in-use', error.message, error);
    throw error;
  }
}

async function startLocked(
  directory: string,
  installed: string,
  { log, settings, signal }: EmbeddedPostgresOptions,
  unlock: () => void,
): Promise<EmbeddedPostgres> {
  const cluster = join(directory, 'cluster');
  const server = await findRunnableServer(directory, cluster, installed);
  const socket = await socketDirectory(directory, server.account);
  await ensureCluster(directory, cluster, server, { sync: settings?.fsync !== 'off', signal });
  signal?.throwIfAborted();
  const serverLog = new ServerLog(join(directory, 'postgres.log'), (message) => log('warn', message));
  const supervised = new SupervisedServer(server, cluster, serverSettings(socket, settings), serverLog, log);
  const release = async (): Promise<void> => {
    await supervised.stop();
    serverLog.close();
    await rm(socket, { recursive: true, force: true });
    unlock();
  };
  const connectionOptions = { host: socket, port: socketPort, user: superuser, database: databaseName };
  const giveUp = (): void => void supervised.stop();
  signal?.addEventListener('abort', giveUp);
  try {
    await supervised.start();
    await ensureDatabase(connectionOptions);
    signal?.throwIfAborted();
  } catch (error) {
    await supervised.stop();
    serverLog.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  log('info', `embedded PostgreSQL runs as ${server.account.name} (process ${supervised.processId}) in ${directory}`);
  let released: Promise<void> | undefined;
  return {
    connectionUrl: `postgresql://${superuser}@/${databaseName}?host=${encodeURIComponent(socket)}&port=${socketPort}`,
    connectionOptions,
    get processId() {
      return supervised.processId;
    },
    onExit: (callback) => supervised.onExit(callback),
    stop: () => (released ??= release()),
  };
}

/** The real path, because a running server shows its working directory so. */
async function madeDirectory(path: string): Promise<string> {
  const root = process.geteuid?.() === 0;
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  // As root the server is another user, who has to pass through but not to look around.
  if (made !== undefined) await chmod(path, root ? 0o711 : 0o700);
  return realpath(path);
}
