import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdCluster } from './etcd-cluster';
import { connections, HttpLoads } from './http-loads';
import { prepare } from './http-target';
import type { Figures } from './load-run';
import { printFigures, quantilesOf } from './load-run';
import { OurCluster } from './our-cluster';

/**
 * Durable updates through HTTP on three nodes, everything on, beside three members of etcd: the same documents, as many
 * connections that stay open, the same disk, one run, in turn; once at the leader and once spread over the nodes. Then a
 * mixed load as administration pages make it, and what the bare log does.
 * `npm run bench:cluster [-- rounds seconds [words of the loads]]`
 */
const [rounds = '5', seconds = '5', ...words] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const names = {
  atLeader: 'config update, at the leader',
  spread: 'config update, spread over the nodes',
  etcdAtLeader: 'etcd put, at the leader',
  etcdSpread: 'etcd put, spread over the members',
  mixed: 'mixed admin, a quarter PUT, spread',
};
type Results = Readonly<Record<string, readonly Figures[]>>;

async function measure(loads: Readonly<Record<string, () => Promise<Figures>>>): Promise<Results> {
  const chosen = Object.entries(loads).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const results: Record<string, Figures[]> = {};
  for (const [, run] of chosen) await run(); // warm-up
  for (let round = 1; round <= Number(rounds); round += 1) {
    const rates: string[] = [];
    for (const [name, run] of chosen) {
      const figures = await run();
      (results[name] ??= []).push(figures);
      rates.push(`${name} ${figures.perSecond.toFixed(0)}/s`);
    }
    print(`round ${round} (load average ${loadavg()[0]!.toFixed(1)}): ${rates.join('; ')}`);
  }
  return results;
}

const medianOf = (all: readonly Figures[]): Figures =>
  [...all].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)]!;

/** By round, because what else the machine does falls on both loads of a round alike. */
function printRatio(results: Results, ours: string, other: string): void {
  const [ones, others] = [results[ours], results[other]];
  if (!ones || !others) return;
  const ratio = (value: (one: Figures, other: Figures) => number): string =>
    quantilesOf(ones.map((one, round) => value(one, others[round]!)))(0.5).toFixed(2);
  const cpu = ({ cpu, databaseCpu }: Figures): number => cpu + databaseCpu;
  print(
    `${ours} / ${other}: ${ratio((one, its) => one.perSecond / its.perSecond)} by rate (target 0.50 and above), ` +
      `${ratio((one, its) => cpu(its) / cpu(one))} by CPU time of all processes`,
  );
}

function printBareLog(): void {
  const script = join(__dirname, 'raft-log.bench.js');
  const env = { ...process.env, ROUNDS: '3' };
  print('The bare log:');
  spawnSync(process.execPath, [script], { stdio: 'inherit', env });
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'config-guardian-bench-'));
  const etcd = EtcdCluster.isInstalled() ? await EtcdCluster.start(directory) : undefined;
  if (etcd === undefined) print('etcd is not installed (Debian: apt-get install etcd-server): only our figures.');
  const cluster = await OurCluster.start(directory);
  try {
    const target = await prepare(cluster.nodes[0]!, connections);
    const leader = await cluster.leader(target.authorization);
    const { urls, pids } = cluster;
    const loads = new HttpLoads(target, Number(seconds), urls, pids);
    const etcdLeader = await etcd?.leaderUrl();
    const results = await measure({
      [names.atLeader]: () => new HttpLoads(target, Number(seconds), [leader.url], pids).updates(),
      ...(etcd && { [names.etcdAtLeader]: () => etcd.puts(Number(seconds), [etcdLeader!]) }),
      [names.spread]: () => loads.updates(),
      ...(etcd && { [names.etcdSpread]: () => etcd.puts(Number(seconds), etcd.urls) }),
      [names.mixed]: () => loads.mixed(),
    });
    printFigures(Object.fromEntries(Object.entries(results).map(([name, all]) => [name, medianOf(all)])));
    printRatio(results, names.atLeader, names.etcdAtLeader);
    printRatio(results, names.spread, names.etcdSpread);
    const p95 = results[names.mixed]?.map((figures) => figures.p95);
    if (p95) print(`${names.mixed}: p95 ${quantilesOf(p95)(0.5).toFixed(1)} ms (target below 100)`);
  } finally {
    await Promise.all([cluster.stop(), etcd?.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
  if (words.length === 0) printBareLog();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
