import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { CommittedEntry } from '../../libs/raft-node/src';
import { loneMember, openRaftLog } from '../../libs/raft-node/src';

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
const FILE_BYTES = 64 << 20;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Subject {
  propose(data: Uint8Array): Promise<unknown>;
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

function thePrototype(directory: string): Promise<Subject> {
  const worker = new Worker(__filename, { workerData: join(directory, 'prototype') });
  let waiting: { data: Uint8Array; resolve: () => void }[] = [];
  let underway: typeof waiting = [];
  const flush = (): void => {
    if (underway.length > 0 || waiting.length === 0) return;
    [underway, waiting] = [waiting, []];
    const bytes = new Uint8Array(underway.reduce((sum, { data }) => sum + data.byteLength, 0));
    let at = 0;
    for (const { data } of underway) {
      bytes.set(data, at);
      at += data.byteLength;
    }
    worker.postMessage(bytes, [bytes.buffer]);
  };
  worker.on('message', () => {
    const acknowledged = underway;
    underway = [];
    flush();
    for (const { resolve } of acknowledged) resolve();
  });
  const propose = (data: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ data, resolve });
      if (waiting.length === 1) queueMicrotask(flush);
    });
  return new Promise((resolve) => worker.once('message', () => resolve({ propose, stop: () => worker.terminate() })));
}

function serveThePrototype(path: string): void {
  const file = openSync(path, 'w+');
  const zeroes = Buffer.alloc(1 << 20);
  for (let at = 0; at < FILE_BYTES; at += zeroes.length) writeSync(file, zeroes, 0, zeroes.length, at);
  fsyncSync(file);
  let at = 0;
  parentPort!.on('message', (bytes: Uint8Array) => {
    if (at + bytes.byteLength > FILE_BYTES) at = 0;
    writeSync(file, bytes, 0, bytes.byteLength, at);
    fdatasyncSync(file);
    at += bytes.byteLength;
    parentPort!.postMessage('synced');
  });
  parentPort!.once('close', () => closeSync(file));
  parentPort!.postMessage('ready');
}

async function measure(subject: Subject, count: number): Promise<{ rate: number; p50: number; p99: number }> {
  const data = Buffer.alloc(BYTES, 'x');
  const latencies = new Float64Array(count);
  let next = 0;
  const client = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) {
      const from = performance.now();
      await subject.propose(data);
      latencies[mine] = performance.now() - from;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  const rate = (count / (performance.now() - from)) * 1000;
  latencies.sort();
  return { rate, p50: latencies[Math.floor(count * 0.5)]!, p99: latencies[Math.floor(count * 0.99)]! };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'wal-bench-'));
  const log = await theLog(join(directory, 'log'));
  const prototype = await thePrototype(directory);
  await measure(log, 5_000);
  await measure(prototype, 5_000);
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [bare, whole] = [await measure(prototype, PROPOSALS), await measure(log, PROPOSALS)];
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

if (isMainThread) void main();
else serveThePrototype(workerData as string);
