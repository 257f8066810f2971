import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error';
import { runningProcess } from './running-process';

export interface DirectoryLock {
  release(): Promise<void>;
}

interface Owner {
  readonly processId: number;
  readonly birth: string;
}

/** A killed process is still there for a moment: the system takes back its memory first. */
const dyingTime = 2_000;

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
    const began = performance.now();
    while (!(await linked(draft, path))) {
      const owner = await ownerUnlessAbandoned(path);
      if (owner === undefined) continue;
      if (owner.processId === process.pid || performance.now() - began > dyingTime) throw inUse(path, owner);
      await wait(20);
    }
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

/** Answers who holds the lock, or clears it away when nobody does. */
async function ownerUnlessAbandoned(path: string): Promise<Owner | undefined> {
  const found = await readIfPresent(path);
  if (found === undefined) return undefined;
  const owner = parseOwner(found);
  if (owner !== undefined && isAlive(owner)) return owner;
  // Two processes may find the same abandoned lock: only what was read may go, never the other one's new lock.
  const removed = `${path}.${randomUUID()}`;
  if (!(await renamed(path, removed))) return undefined;
  if ((await readIfPresent(removed)) !== found) await linked(removed, path);
  await unlinkIfPresent(removed);
  return undefined;
}

function inUse(path: string, { processId }: Owner): EmbeddedPostgresError {
  const who = processId === process.pid ? 'this process' : `process ${processId}`;
  return new EmbeddedPostgresError(
    'in-use',
    `The embedded PostgreSQL at ${dirname(path)} is in use by ${who}. Stop it first, or give this node a data directory of its own.`,
  );
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
