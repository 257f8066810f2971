import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error';
import { runningProcess } from './running-process';

export interface DirectoryLock {
  release(): Promise<void>;
}

interface Owner {
  readonly processId: number;
  readonly birth: string;
}

/**
 * Holds a directory for this process until it is released or the process is gone, however it went. PostgreSQL itself
 * keeps two servers apart; this lock tells a living node's server from one that a dead node left behind.
 */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  const mine = JSON.stringify({
    processId: process.pid,
    birth: runningProcess(process.pid)?.birth ?? '',
  } satisfies Owner);
  const draft = `${path}.${randomUUID()}`;
  // Written aside and linked into place, so that nobody ever reads a lock that is half written.
  await writeFile(draft, mine, { mode: 0o600, flag: 'wx' });
  try {
    while (!(await linked(draft, path))) await clearIfAbandoned(path);
  } finally {
    await unlink(draft);
  }
  return { release: () => unlinkIfPresent(path) };
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function clearIfAbandoned(path: string): Promise<void> {
  const found = await readIfPresent(path);
  if (found === undefined) return;
  const owner = parseOwner(found);
  if (owner !== undefined && isAlive(owner)) {
    const who = owner.processId === process.pid ? 'this process' : `process ${owner.processId}`;
    throw new EmbeddedPostgresError(
      'in-use',
      `The embedded PostgreSQL at ${path} is in use by ${who}. Stop it first, or give this node a data directory of its own.`,
    );
  }
  // Two processes may find the same abandoned lock: only what was read may go, never the other one's new lock.
  const removed = `${path}.${randomUUID()}`;
  if (!(await renamed(path, removed))) return;
  if ((await readIfPresent(removed)) !== found) await linked(removed, path);
  await unlinkIfPresent(removed);
}

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined; // torn by a power cut: its writer is gone too
  }
}

function isAlive(owner: Owner): boolean {
  const found = runningProcess(owner.processId);
  return found !== undefined && !found.zombie && found.birth === owner.birth;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function renamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

async function unlinkIfPresent(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}
