import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { constants, loadavg, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process';
import type { Target } from './http-target';
import { document, json, password, prepare } from './http-target';
import { printTable, quantilesOf } from './load-run';
import { OurCluster } from './our-cluster';

/**
 * What watchers cost and how soon they are told. Memory: idle streams on one node, by the resident memory of its
 * processes. Propagation: from the sending of a write to the event at each client, on one node, and on three, of which the
 * clients of the other two than took the write count.
 * `npm run bench:watchers [-- idle watchers writes readWorkers]`
 */
const [idle = '5000', watching = '1000', writes = '100', readWorkers = '0'] = process.argv.slice(2);

const warmUps = 500;
/** Two rounds of signs of life. */
const settleMs = 25_000;
const collectMs = 3_000;
const collecting = `--expose-gc --require ${join(process.cwd(), 'test', 'load', 'collect-on-signal.cjs')}`;
const paceMs = 100;

/** What all watchers read into: with a buffer and a stream each, the clients would take as much of the machine as the nodes. */
const received = Buffer.alloc(64 * 1024);

/** A client that keeps only the time at which the newest event came. */
class Watcher {
  toldAt = 0;
  /** Of the config that it was told of last. */
  version = 0;
  #rest = '';

  private constructor(
    readonly socket: Socket,
    readonly nodeUrl: string,
  ) {}

  static open(url: string, apiKey: string, keys: string): Promise<Watcher> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const callback = (length: number): boolean => {
        const text = received.toString('latin1', 0, length);
        watcher.#read(text);
        if (watcher.version === 0 && text.includes('watching')) resolve(watcher);
        return true;
      };
      const socket = connect({ host: hostname, port: Number(port), onread: { buffer: received, callback } });
      const watcher = new Watcher(socket, url);
      socket.once('error', reject);
      socket.write(`GET /v1/watch/${apiKey}?keys=${keys} HTTP/1.1\r\nHost: node\r\nUser-Agent: bench\r\n\r\n`);
    });
  }

  #read(text: string): void {
    const found = /"version":(\d+)/.exec(this.#rest + text);
    this.#rest = found || text.endsWith('\n\n') ? '' : (this.#rest + text).slice(-4_096);
    if (!found) return;
    this.version = Number(found[1]);
    this.toldAt = performance.now();
  }
}

async function open(urls: readonly string[], apiKey: string, count: number, keys: string): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  while (watchers.length < count) {
    const batch = Array.from({ length: Math.min(100, count - watchers.length) }, (_, n) =>
      Watcher.open(urls[(watchers.length + n) % urls.length] ?? '', apiKey, keys),
    );
    watchers.push(...(await Promise.all(batch)));
  }
  return watchers;
}

function close(watchers: readonly Watcher[]): void {
  for (const { socket } of watchers) socket.destroy();
}

/** The node and its read workers. */
function processesOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return [pid, ...children.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('read-worker'))];
}

function residentKb(pid: number): number {
  return processesOf(pid)
    .map((each) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1]))
    .reduce((sum, kb) => sum + kb, 0);
}

/** Of what is held: garbage that waits for its collection comes and goes with the load. */
async function collectedKb(pid: number): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    for (const each of processesOf(pid)) process.kill(each, 'SIGUSR2');
    await wait(collectMs);
  }
  return residentKb(pid);
}

async function memory({ url, pid, apiKey }: Target): Promise<void> {
  // What the first connections bring up once is not the price of a connection.
  close(await open([url], apiKey, warmUps, 'config-1'));
  await wait(settleMs);
  const before = await collectedKb(pid);
  const watchers = await open([url], apiKey, Number(idle), 'config-1');
  await wait(settleMs);
  const untouched = residentKb(pid);
  const after = await collectedKb(pid);
  const each = (kb: number): string => ((kb - before) / watchers.length).toFixed(1);
  process.stdout.write(
    `${watchers.length} idle streams, ${readWorkers} read workers: ${each(after)} kB of resident memory each (${each(untouched)} kB with the garbage of their opening; its processes had ${Math.round(before / 1024)} MiB, has ${Math.round(after / 1024)} MiB)\n`,
  );
  close(watchers);
  await wait(2_000);
}

const { PRIORITY_HIGH, PRIORITY_NORMAL } = constants.priority;
/** Whether this account may put a process before others. */
let isFirst = false;

/** Clients have machines of their own: here all of them are one process, which is not to wait behind the nodes. */
async function asIfAlone<T>(clients: () => Promise<T>): Promise<T> {
  try {
    setPriority(PRIORITY_HIGH);
    isFirst = true;
  } catch {
    // An ordinary account: the nodes and the clients wait for each other, and the figures say so.
  }
  try {
    return await clients();
  } finally {
    // The nodes that are started next would inherit it.
    if (isFirst) setPriority(PRIORITY_NORMAL);
  }
}

async function propagation(
  name: string,
  urls: readonly string[],
  target: Target,
  counts: (nodeUrl: string) => boolean = () => true,
): Promise<readonly string[]> {
  const watchers = await open(urls, target.apiKey, Number(watching), 'config-0');
  const counted = watchers.filter(({ nodeUrl }) => counts(nodeUrl));
  const { url, authorization, configs } = target;
  const [all, lasts]: [number[], number[]] = [[], []];
  for (let n = 1; n <= Number(writes); n += 1) {
    const body = JSON.stringify({ content: document(n) });
    const sentAt = performance.now();
    const headers = { ...json, authorization, 'if-match': '*' };
    const answer = await fetch(`${url}${configs}/config-0`, { method: 'PUT', headers, body });
    const { version } = (await answer.json()) as { version: number };
    for (const deadline = sentAt + 10_000; watchers.some((one) => one.version < version); await wait(5))
      if (performance.now() > deadline) throw new Error('a watcher was not told within 10 s');
    const times = counted.map(({ toldAt }) => toldAt - sentAt);
    all.push(...times);
    lasts.push(Math.max(...times));
    await wait(paceMs);
  }
  close(watchers);
  const [each, last] = [quantilesOf(all), quantilesOf(lasts)];
  return [name, ...[each(0.5), each(0.99), last(0.5), last(0.99)].map((ms) => ms.toFixed(1))];
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-bench-'));
  const variables = {
    ADMIN_PASSWORD: password,
    ACCESS_TOKEN_TTL: '1d',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    READ_WORKERS: readWorkers,
  };
  const node = await NodeProcess.on(join(directory, 'node'), { ...variables, NODE_OPTIONS: collecting });
  const rows: (readonly string[])[] = [];
  try {
    await node.start();
    const target = await prepare(node, 2);
    await memory(target);
    rows.push(await asIfAlone(() => propagation(`${watching} watchers on one node`, [node.url], target)));
    await node.stop();
    const cluster = await OurCluster.start(directory, { READ_WORKERS: readWorkers });
    try {
      const [first] = cluster.nodes as [NodeProcess];
      const prepared = await prepare(first, 1);
      const name = `${watching} watchers on three nodes: those of the other two`;
      const isOther = (nodeUrl: string): boolean => nodeUrl !== prepared.url;
      rows.push(await asIfAlone(() => propagation(name, cluster.urls, prepared, isOther)));
    } finally {
      await cluster.stop();
    }
  } finally {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  const head = ['from the sending of a write to the event, ms', 'p50', 'p99', 'p50 of the last', 'p99 of the last'];
  printTable(head, rows);
  const priority = isFirst
    ? 'The process of the clients went before the nodes'
    : 'Clients and nodes waited for each other';
  process.stdout.write(`${priority}; load average ${loadavg()[0]?.toFixed(1)}.\n`);
}

void main();
