import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cpuTime } from './cpu-time';
import { load } from './load-run';

/** What one server is asked, again and again, over connections that stay open. */
export interface ReadLoad {
  readonly url: string;
  /** With it the request is a POST of this JSON. */
  readonly body?: string;
  /** The process that answers, and those that it needs for it. */
  readonly pids: readonly number[];
}

/** Latencies in milliseconds, CPU time in microseconds for each request. */
export interface ReadFigures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Answers that did not come, and answers other than 200. */
  readonly errors: number;
  readonly serverCpu: number;
  /** What the load itself took away from a machine that they share. */
  readonly loadCpu: number;
}

export const generator = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';

export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuTime(pid).own, 0);

/** As fast as so many connections go: each asks again when it is answered. */
export const closedLoop = (of: ReadLoad, connections: number, seconds: number): Promise<ReadFigures> =>
  generator === 'wrk' ? byWrk(of, connections, seconds) : byAutocannon(of, connections, seconds);

interface Told {
  readonly requests: number;
  readonly microseconds: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly errors: number;
  readonly refused: number;
  readonly cpuSeconds: number;
}

/** One thread: a second one would fight the server for its core. */
async function byWrk({ url, body, pids }: ReadLoad, connections: number, seconds: number): Promise<ReadFigures> {
  const script = join(process.cwd(), 'test', 'load', 'wrk.lua');
  const before = cpuOf(pids);
  const child = spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url], {
    env: { PATH: process.env.PATH, ...(body !== undefined && { WRK_METHOD: 'POST', WRK_BODY: body }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const printed = await text(child.stderr);
  await ended;
  const serverMicroseconds = cpuOf(pids) - before;
  const line = /^\{.*\}$/m.exec(printed)?.[0];
  if (line === undefined) throw new Error(`wrk against ${url}: ${printed}`);
  const told = JSON.parse(line) as Told;
  return {
    perSecond: told.requests / (told.microseconds / 1e6),
    ...{ p50: told.p50 / 1000, p95: told.p95 / 1000, p99: told.p99 / 1000 },
    errors: told.errors + told.refused,
    serverCpu: serverMicroseconds / told.requests,
    loadCpu: (told.cpuSeconds * 1e6) / told.requests,
  };
}

async function byAutocannon({ url, body, pids }: ReadLoad, connections: number, seconds: number): Promise<ReadFigures> {
  const before = process.cpuUsage();
  const post = body !== undefined && { method: 'POST' as const, headers: { 'content-type': 'application/json' }, body };
  const { cpu, refused, errors, perSecond, ...figures } = await load({
    ...{ url, pid: pids, connections, duration: seconds },
    ...post,
  });
  const { user, system } = process.cpuUsage(before);
  const { p50, p95, p99 } = figures;
  const loadCpu = (user + system) / (perSecond * seconds);
  return { perSecond, p50, p95, p99, errors: errors + refused, serverCpu: cpu, loadCpu };
}
