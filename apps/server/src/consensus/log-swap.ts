import type { FileSystem, LogContinuation } from '@config-guardian/raft-node';
import { logExists, RealFileSystem, StoppedLog, writeContinuedLog } from '@config-guardian/raft-node';
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataSource } from 'typeorm';
import { DatabaseSession } from '../database/database-session';
import type { NodeIdentity } from './persister-meta';
import { readMeta } from './stored-rows';

/** A new log lies here until the database belongs to it. */
const nextTo = (logDirectory: string): string => `${logDirectory}.next`;

export type SettledSwap = 'none' | 'finished' | 'undone';

/**
 * Replaces log and database together: the new log is written, then `changeDatabase` makes the database its own in one
 * transaction with a synchronous commit, then the logs change places. Whatever is cut short, the database says which of
 * the two is this node's: `settleLogSwap` looks there. The old log is kept beside the new one. The caller holds the
 * directory that both lie in, and nobody has the old log open.
 */
export async function swapLog<Result>(
  logDirectory: string,
  begin: LogContinuation,
  changeDatabase: () => Promise<Result>,
  fileSystem: FileSystem = new RealFileSystem(),
): Promise<Result> {
  removeNext(logDirectory, fileSystem);
  writeContinuedLog(nextTo(logDirectory), begin, fileSystem);
  const result = await changeDatabase();
  moveIn(logDirectory, fileSystem);
  return result;
}

/** Before the log is opened: ends a swap that was cut short, one way or the other, as the database says. */
export async function settleLogSwap(
  logDirectory: string,
  dataSource: DataSource,
  fileSystem: FileSystem = new RealFileSystem(),
): Promise<SettledSwap> {
  if (!existsSync(nextTo(logDirectory))) return 'none';
  const unlock = await fileSystem.lock(dirname(logDirectory));
  try {
    return await settleHeld(logDirectory, dataSource, fileSystem);
  } finally {
    unlock();
  }
}

/** The same for whoever holds the directory already. */
export async function settleHeld(
  logDirectory: string,
  dataSource: DataSource,
  fileSystem: FileSystem = new RealFileSystem(),
): Promise<SettledSwap> {
  const next = nextTo(logDirectory);
  if (!existsSync(next)) return 'none';
  const owner = await ownerOf(dataSource);
  if (owner && (await isOf(next, owner, fileSystem))) {
    moveIn(logDirectory, fileSystem);
    return 'finished';
  }
  if (owner && (await isOf(logDirectory, owner, fileSystem))) removeNext(logDirectory, fileSystem);
  // It may be the wrong database that is empty: what could be the only log is kept.
  else if (!owner) moveAside(logDirectory, next, 'unused', fileSystem);
  // A database of neither log: whoever opens it refuses, and both logs are left as they are.
  else return 'none';
  return 'undone';
}

/**
 * Whose the database is, in the end: a transaction of a process that was killed may still be about to commit, and is
 * waited for.
 */
async function ownerOf(dataSource: DataSource): Promise<NodeIdentity | undefined> {
  const session = await DatabaseSession.open(dataSource, 'config-guardian boot');
  try {
    await session.query('BEGIN; LOCK TABLE raft_meta IN SHARE ROW EXCLUSIVE MODE');
    return await readMeta(session, dataSource);
  } finally {
    session.close();
  }
}

/** A log that was not written to its end cannot be read, and has no database: the database comes after it. */
async function isOf(directory: string, owner: NodeIdentity, fileSystem: FileSystem): Promise<boolean> {
  if (!logExists(directory, fileSystem)) return false;
  const log = await StoppedLog.open(directory, fileSystem).catch(() => undefined);
  if (log === undefined) return false;
  const { clusterId, nodeId, incarnation } = log.identity;
  log.close();
  return owner.clusterId === clusterId && owner.nodeId === nodeId && owner.incarnation === incarnation;
}

function moveIn(logDirectory: string, fileSystem: FileSystem): void {
  if (logExists(logDirectory, fileSystem)) moveAside(logDirectory, logDirectory, 'before', fileSystem);
  else rmSync(logDirectory, { recursive: true, force: true });
  fileSystem.rename(nextTo(logDirectory), logDirectory);
  fileSystem.syncDirectory(dirname(logDirectory));
}

function moveAside(logDirectory: string, directory: string, what: 'before' | 'unused', fileSystem: FileSystem): void {
  const time = new Date().toISOString().replaceAll(':', '-');
  fileSystem.rename(directory, `${logDirectory}.${what}-${time}`);
  fileSystem.syncDirectory(dirname(logDirectory));
}

function removeNext(logDirectory: string, fileSystem: FileSystem): void {
  rmSync(nextTo(logDirectory), { recursive: true, force: true });
  fileSystem.syncDirectory(dirname(logDirectory));
}
