import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EtcdCluster } from './etcd-cluster';
import { printTable, quantilesOf } from './load-run';
import { openLoop } from './open-loop';
import type { ReadFigures, ReadLoad } from './read-load';
import { closedLoop, generator } from './read-load';
import type { ReadServers, Size } from './read-servers';
import { groups, names, sizes } from './read-servers';

/**
 * Reads over HTTP, everything on, in one run and in turn: this server on one node and on three, raw node:http with the
 * same bytes, and etcd with the same documents. Rates and latencies of closed loops; then one node at a fixed rate.
 * `npm run bench:read [-- --rounds 3 --seconds 3 --connections 16,64,256 --sizes '400 B,16 kB' --json file words of the loads]`
 */
const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16,64,256' },
    sizes: { type: 'string', default: Object.keys(sizes).join() },
    rate: { type: 'string', default: '10000' },
    json: { type: 'string', default: join(tmpdir(), 'config-guardian-bench-read.json') },
  },
});
const [rounds, seconds, rate] = [Number(options.rounds), Number(options.seconds), Number(options.rate)];
const chosenSizes = options.sizes.split(',') as Size[];
const connectionCounts = options.connections.split(',').map(Number);
const openLoopName = `one node, linearizable, open loop at ${rate}/s`;
const rawOpenLoopName = `raw node:http, same bytes, open loop at ${rate}/s`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const isChosen = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));

interface Row {
  readonly name: string;
  readonly size: Size;
  readonly connections: number;
  readonly run: () => Promise<ReadFigures>;
  readonly rounds: ReadFigures[];
}

function rowsOf(loads: ReadServers['loads']): Row[] {
  const row = (name: string, size: Size, connections: number, run: () => Promise<ReadFigures>): Row[] =>
    isChosen(name) ? [{ name, size, connections, run, rounds: [] }] : [];
  const closed = chosenSizes.flatMap((size) =>
    connectionCounts.flatMap((connections) =>
      Object.entries(loads).flatMap(([name, { [size]: load }]) =>
        row(name, size, connections, () => closedLoop(load, connections, seconds)),
      ),
    ),
  );
  const open = (name: string, load: ReadLoad | undefined): Row[] =>
    load ? row(name, '400 B', 64, () => openLoop(load, { perSecond: rate, connections: 64, seconds })) : [];
  return [
    ...closed,
    ...open(openLoopName, loads[names.linearizable]?.['400 B']),
    ...open(rawOpenLoopName, loads[names.raw]?.['400 B']),
  ];
}

const median = (values: readonly number[]): number => quantilesOf(values)(0.5);

const figureNames = ['perSecond', 'p50', 'p95', 'p99', 'errors', 'serverCpu', 'loadCpu'] as const;
const medians = (all: readonly ReadFigures[]): ReadFigures =>
  Object.fromEntries(figureNames.map((name) => [name, median(all.map((figures) => figures[name]))])) as never;

function printRows(rows: readonly Row[]): void {
  const head = ['load', 'size', 'connections', 'per second', 'p50 ms', 'p95 ms', 'p99 ms', 'errors'];
  printTable(
    [...head, 'server CPU µs', 'load CPU µs'],
    rows.map(({ name, size, connections, rounds: all }) => {
      const f = medians(all);
      const latencies = [f.p50, f.p95, f.p99].map((value) => value.toFixed(2));
      const errors = String(all.reduce((sum, figures) => sum + figures.errors, 0));
      const cpu = [f.serverCpu, f.loadCpu].map((value) => value.toFixed(0));
      return [name, size, String(connections), f.perSecond.toFixed(0), ...latencies, errors, ...cpu];
    }),
  );
}

/** The median over the rounds: what else the machine does falls on both loads of a round alike. */
function ratioOf(rows: readonly Row[], a: string, b: string, target: string) {
  const at = (name: string): readonly ReadFigures[] =>
    rows.find((row) => row.name === name && row.size === '400 B' && row.connections === 64)?.rounds ?? [];
  const [ones, others] = [at(a), at(b)];
  if (ones.length === 0 || others.length === 0) return [];
  const over = (value: (one: ReadFigures, other: ReadFigures) => number): number =>
    median(ones.map((one, round) => value(one, others[round]!)));
  const byRate = over((one, other) => one.perSecond / other.perSecond);
  const byCpu = over((one, other) => other.serverCpu / one.serverCpu);
  print(`${a} / ${b}: ${byRate.toFixed(2)} by rate (target ${target}), ${byCpu.toFixed(2)} by the servers' CPU time`);
  return [{ a, b, byRate, byCpu, target }];
}

function judge(rows: readonly Row[]) {
  const ratios = [
    ...ratioOf(rows, names.linearizable, names.raw, '0.75 and above'),
    ...ratioOf(rows, names.linearizable, names.etcd, 'above 3'),
    ...ratioOf(rows, names.workers, names.linearizable, '1.20 and above on four cores'),
    ...ratioOf(rows, names.workersLocal, names.local, 'none'),
    ...ratioOf(rows, names.follower, names.linearizable, '0.50 and above'),
  ];
  const open = rows.find(({ name }) => name === openLoopName);
  if (open) print(`${openLoopName}: p95 ${medians(open.rounds).p95.toFixed(2)} ms (target below 20)`);
  return ratios;
}

async function measure(rows: readonly Row[]): Promise<void> {
  for (const { run } of rows) await run(); // warm-up
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) row.rounds.push(await row.run());
    print(`round ${round} of ${rounds} (load average ${loadavg()[0]!.toFixed(1)})`);
  }
}

/** One line a load, every round of it. */
function keep(rows: readonly Row[], ratios: readonly object[]): void {
  const { json, ...asked } = options;
  const machine = { cpus: cpus().map(({ model }) => model), node: process.version, loadAverage: loadavg() };
  const run = JSON.stringify({ at: new Date().toISOString(), ...asked, generator, machine, ratios });
  const short = (_name: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toFixed(3)) : value;
  const results = rows.map((row) => JSON.stringify(row, short));
  writeFileSync(json, `${run.slice(0, -1)},"results":[\n${results.join(',\n')}\n]}\n`);
  print(`Every round as JSON: ${options.json}`);
}

async function startServers(directory: string): Promise<ReadServers[]> {
  const lacking = [...(EtcdCluster.isInstalled() ? [] : ['etcd-server']), ...(generator === 'wrk' ? [] : ['wrk'])];
  if (lacking.length > 0) print(`Without ${lacking.join(' and ')} (Debian: apt-get install ${lacking.join(' ')}).`);
  const servers: ReadServers[] = [];
  for (const { names: own, start } of groups) if (own.some(isChosen)) servers.push(await start(directory));
  return servers;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'config-guardian-bench-'));
  const servers = await startServers(directory);
  try {
    const rows = rowsOf(Object.assign({}, ...servers.map(({ loads }) => loads)) as ReadServers['loads']);
    const minutes = (rows.length * (rounds + 1) * (seconds + 0.3)) / 60;
    print(`${rows.length} loads by ${generator}, about ${Math.ceil(minutes)} minutes`);
    await measure(rows);
    printRows(rows);
    keep(rows, judge(rows));
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(directory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
