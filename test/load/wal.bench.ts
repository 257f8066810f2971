import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommittedEntry } from '../../libs/raft-node/src';
import { loneMember, openRaftLog } from '../../libs/raft-node/src';
import type { Subject as Proposable, Work } from './log-node';
import { measure } from './log-node';
import { syncedFile } from './synced-file';

/**
 * Proposals a second through the log of a group of one, every sync real, beside a prototype that does nothing but batch, sync
 * and acknowledge: no checksum, no recovery, no order, no limits. Both in turn on the same disk; what counts is the ratio.
 *
 *   npm run bench:wal            PROPOSALS=60000 IN_FLIGHT=64 BYTES=256 ROUNDS=5
 */
const PROPOSALS = Number(process.env.PROPOSALS ?? 60_000);
const IN_FLIGHT = Number(process.env.IN_FLIGHT ?? 64);
const BYTES = Number(process.env.BYTES ?? 256);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Subject extends Proposable {
  stop(): Promise<unknown>;
}

async function theLog(directory: string): Promise<Subject> {
  const consumer = {
    appliedIndex: 0,
    membership: '',
    apply(entries: readonly CommittedEntry[]): number[] {
      this.appliedIndex = entries.at(-1)!.index;
      return entries.map(({ index }) => index);
    },
    ready: () => Promise.resolve(),
  };
  const fail = (error: Error): never => {
    throw error;
  };
  const log = await openRaftLog<number>({ directory, nodeId: 'bench', begin: loneMember('bench'), onFatal: fail });
  await log.start(consumer);
  return log;
}

async function thePrototype(directory: string): Promise<Subject> {
  let waiting: { data: Uint8Array; resolve: () => void }[] = [];
  let underway: typeof waiting = [];
  const file = await syncedFile(join(directory, 'prototype'), () => {
    const acknowledged = underway;
    underway = [];
    flush();
    for (const { resolve } of acknowledged) resolve();
  });
  function flush(): void {
    if (underway.length > 0 || waiting.length === 0) return;
    [underway, waiting] = [waiting, []];
    file.write(Buffer.concat(underway.map(({ data }) => data)));
  }
  const propose = (data: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ data, resolve });
      if (waiting.length === 1) queueMicrotask(flush);
    });
  return { propose, stop: () => file.end() };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'wal-bench-'));
  const log = await theLog(join(directory, 'log'));
  const prototype = await thePrototype(directory);
  const work = (count: number): Work => ({ count, inFlight: IN_FLIGHT, bytes: BYTES });
  await measure(log, work(5_000));
  await measure(prototype, work(5_000));
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [bare, whole] = [await measure(prototype, work(PROPOSALS)), await measure(log, work(PROPOSALS))];
    ratios.push(whole.rate / bare.rate);
    const line = ({ rate, p50, p99 }: typeof bare): string =>
      `${rate.toFixed(0)}/s (p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms)`;
    print(`round ${round}: log ${line(whole)}, prototype ${line(bare)}, ratio ${ratios.at(-1)!.toFixed(2)}`);
  }
  const [median] = ratios.sort((a, b) => a - b).slice(Math.floor(ROUNDS / 2));
  print(`${IN_FLIGHT} in flight, ${BYTES} bytes, median ratio ${median!.toFixed(2)}`);
  await Promise.all([log.stop(), prototype.stop()]);
  rmSync(directory, { recursive: true });
}

void main();
