import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres.error';
import { postgresProcessesOf } from './running-process';

/** What a running server writes about itself: its process on the first line, its state on the eighth. */
export interface PostmasterFile {
  readonly processId: number;
  readonly ready: boolean;
}

export function postmasterFilePath(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  try {
    const lines = (await readFile(postmasterFilePath(cluster), 'utf8')).split('\n');
    const processId = Number(lines[0]);
    return Number.isInteger(processId) && processId > 0
      ? { processId, ready: lines[7]?.trim() === 'ready' }
      : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const quitAfter = 60_000;
const killAfter = 70_000;
const giveUpAfter = 80_000;

/**
 * Sees the server of a dead node off. The caller holds the directory's lock, so whatever still runs on the cluster is
 * nobody's: a server that is shutting down, or backends whose postmaster was killed.
 */
export async function seeOffPredecessor(
  cluster: string,
  report: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const asked = new Set<string>();
  for (let first = true; ; first = false) {
    const file = await readPostmasterFile(cluster);
    const remaining = postgresProcessesOf(cluster, file?.processId);
    if (remaining.length === 0) break;
    if (first) report(`waiting for the previous PostgreSQL to end (process ${remaining.join(', ')})`);
    const waited = performance.now() - began;
    if (waited > giveUpAfter) {
      throw new EmbeddedPostgresError(
        'in-use',
        `PostgreSQL still runs on ${cluster} (process ${remaining.join(', ')}) and does not end. Stop it by hand.`,
      );
    }
    for (const step of nextSignals(remaining, file?.processId, waited)) {
      if (asked.has(step.key)) continue;
      asked.add(step.key);
      sendSignal(step.processId, step.signal);
    }
    await wait(20, undefined, { signal });
  }
  // PostgreSQL takes any process of that number for its own server, one that is dead but not collected included.
  await rm(postmasterFilePath(cluster), { force: true });
}

interface SignalStep {
  readonly key: string;
  readonly processId: number;
  readonly signal: NodeJS.Signals;
}

function nextSignals(remaining: readonly number[], postmaster: number | undefined, waited: number): SignalStep[] {
  const led = postmaster !== undefined && remaining.includes(postmaster);
  const signal: NodeJS.Signals = waited > killAfter ? 'SIGKILL' : waited > quitAfter || !led ? 'SIGQUIT' : 'SIGINT';
  // A postmaster ends its backends itself; without one each is told.
  return (led ? [postmaster] : remaining).map((processId) => ({ key: `${processId} ${signal}`, processId, signal }));
}

function sendSignal(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
