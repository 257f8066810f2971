import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuTime } from './cpu-time';
import type { Timed, Work } from './log-node';
import { measure, runLogNode, startLog, told } from './log-node';
import { syncedFile } from './synced-file';

/**
 * Proposals a second through the log of three nodes, a process each, over loopback TCP with every sync real, beside a
 * prototype of three processes that does nothing but batch, send, sync and acknowledge: no terms, no checksum, no
 * authentication, no recovery, no limits. Both in turn on the same disk; what counts is the ratio.
 *
 *   npm run bench:raft-log
 */
const PROPOSALS = Number(process.env.PROPOSALS ?? 40_000);
const IN_FLIGHT = Number(process.env.IN_FLIGHT ?? 64);
const BYTES = Number(process.env.BYTES ?? 256);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Figures extends Timed {
  /** Microseconds of CPU for each proposal, of the leader and of both followers, all their threads. */
  readonly leaderCpu: number;
  readonly followersCpu: number;
}

/** A follower of the prototype: frames of a length and bytes come in, a byte goes back for each once it is synced. */
async function runFollower(path: string): Promise<void> {
  let leader: Socket | undefined;
  const file = await syncedFile(path, () => leader?.write('.'));
  const server = createServer((socket) => {
    leader = socket.setNoDelay();
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
        const end = 4 + held.readUInt32LE(0);
        file.write(Uint8Array.from(held.subarray(4, end)));
        held = held.subarray(end);
      }
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1', () => process.send!({ address: (server.address() as AddressInfo).port }));
  process.on('disconnect', () => process.exit());
}

/** The leader of the prototype: one batch under way, done when this process and one follower have synced it. */
async function runPrototype(path: string, ports: readonly number[]): Promise<void> {
  let waiting: { data: Uint8Array; resolve: () => void }[] = [];
  let underway: typeof waiting = [];
  let batch = 0;
  const acknowledged = [0, 0, 0];
  const synced = (node: number, count = 1): void => {
    acknowledged[node]! += count;
    const majority = [...acknowledged].sort((a, b) => a - b)[1]!;
    if (underway.length === 0 || majority < batch) return;
    const done = underway;
    underway = [];
    flush();
    for (const { resolve } of done) resolve();
  };
  const file = await syncedFile(path, () => synced(0));
  const followers = ports.map((port, n) => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    return socket.on('data', (chunk: Buffer) => synced(n + 1, chunk.length));
  });
  await Promise.all(followers.map((socket) => once(socket, 'connect')));
  function flush(): void {
    if (underway.length > 0 || waiting.length === 0) return;
    [underway, waiting] = [waiting, []];
    const bytes = Buffer.alloc(4 + underway.reduce((sum, { data }) => sum + data.byteLength, 0));
    let at = bytes.writeUInt32LE(bytes.length - 4, 0);
    for (const { data } of underway) {
      bytes.set(data, at);
      at += data.byteLength;
    }
    batch += 1;
    for (const socket of followers) socket.write(bytes);
    file.write(bytes.subarray(4));
  }
  const propose = (data: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ data, resolve });
      if (waiting.length === 1) queueMicrotask(flush);
    });
  process.on('message', ({ measure: work }: { measure: Work }) => {
    void measure({ propose }, work).then((figures) => process.send!({ figures }));
  });
  process.on('disconnect', () => process.exit());
  process.send!({ ready: true });
}

async function thePrototype(directory: string): Promise<ChildProcess[]> {
  const followers = ['f1', 'f2'].map((name) => fork(__filename, ['follower', join(directory, name)]));
  const ports = await Promise.all(followers.map((child) => told([child], 'address')));
  const leader = fork(__filename, ['prototype', join(directory, 'leader'), ...ports.map(String)]);
  await told([leader], 'ready');
  return [leader, ...followers];
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'raft-log-bench-'));
  const { children: log } = await startLog(__filename, directory);
  const prototype = await thePrototype(directory);
  const run = async (children: readonly ChildProcess[], count: number): Promise<Figures> => {
    const before = children.map(({ pid }) => cpuTime(pid!).own);
    const [teller, timed] = await Promise.race(
      (children === log ? children : children.slice(0, 1)).map(async (child) => {
        const figures = told([child], 'figures');
        child.send({ measure: { count, inFlight: IN_FLIGHT, bytes: BYTES } satisfies Work });
        return [child, await figures] as const;
      }),
    );
    const cpu = children.map((child, n) => ({ child, cpu: (cpuTime(child.pid!).own - before[n]!) / count }));
    const sum = (leads: boolean): number =>
      cpu.reduce((total, one) => total + ((one.child === teller) === leads ? one.cpu : 0), 0);
    return { ...timed, leaderCpu: sum(true), followersCpu: sum(false) };
  };
  await run(log, 5_000);
  await run(prototype, 5_000);
  const ratios: number[] = [];
  const line = ({ rate, p50, p99, leaderCpu, followersCpu }: Figures): string =>
    `${rate.toFixed(0)}/s (p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, CPU ${leaderCpu.toFixed(0)} + ${followersCpu.toFixed(0)} us)`;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [bare, whole] = [await run(prototype, PROPOSALS), await run(log, PROPOSALS)];
    ratios.push(whole.rate / bare.rate);
    print(`round ${round}: log ${line(whole)}, prototype ${line(bare)}, ratio ${ratios.at(-1)!.toFixed(2)}`);
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  print(`3 nodes, ${IN_FLIGHT} in flight, ${BYTES} bytes, median ratio ${median.toFixed(2)} (target 0.33 and above)`);
  for (const child of [...log, ...prototype]) child.disconnect();
  await Promise.all([...log, ...prototype].map((child) => once(child, 'exit')));
  rmSync(directory, { recursive: true });
}

const [role, first, ...rest] = process.argv.slice(2);
if (role === 'node') void runLogNode(first!, rest[0]!);
else if (role === 'follower') void runFollower(first!);
else if (role === 'prototype') void runPrototype(first!, rest.map(Number));
else void main();
