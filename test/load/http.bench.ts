import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from '../support/node-process';
import { connections, HttpLoads } from './http-loads';
import { password, prepare } from './http-target';
import type { Figures } from './load-run';
import { load, printFigures, quantilesOf } from './load-run';
import { rawServer } from './raw';

/**
 * The node over HTTP, everything on: authentication, validation, sync, persistence, logs. One run, alternating; what
 * the same Nest stack does that answers a constant, and raw node:http, are what the figures are held against.
 * `npm run bench:http [-- rounds seconds [words of the loads]]`
 */
const [rounds = '10', seconds = '3', ...words] = process.argv.slice(2);

const updated = 'config update (PUT)';
const constant = 'the same PUT, a constant';
const bareConstant = 'constant (GET /health)';
const read = 'read by API key';
const raw = 'raw node:http, same bytes';

type Rounds = Readonly<Record<string, readonly Figures[]>>;

const median = (values: readonly number[]): number => quantilesOf(values)(0.5);

const medianOf = (all: readonly Figures[]): Figures =>
  [...all].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)] as Figures;

async function measure(loads: Readonly<Record<string, () => Promise<Figures>>>): Promise<Rounds> {
  const chosen = Object.entries(loads).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const results: Record<string, Figures[]> = {};
  for (const [, run] of chosen) await run(); // warm-up
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, run] of chosen) (results[name] ??= []).push(await run());
  }
  return results;
}

/**
 * The median over the rounds, because what else the machine does falls on both loads of a round alike. By what was
 * answered in a second, and by the CPU time of the server's process.
 */
function printRatio(results: Rounds, a: string, b: string): void {
  const [ones, others] = [results[a], results[b]];
  if (!ones || !others) return;
  const over = (value: (one: Figures, other: Figures) => number): string =>
    median(ones.flatMap((one, round) => (others[round] ? [value(one, others[round])] : []))).toFixed(2);
  const rate = over((one, other) => one.perSecond / other.perSecond);
  const cpu = over((one, other) => other.cpu / one.cpu);
  process.stdout.write(`${a} / ${b}: ${rate} by rate, ${cpu} by CPU time\n`);
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-bench-'));
  const { LOG_LEVEL = 'info', NODE_OPTIONS = '' } = process.env;
  const variables = { ADMIN_PASSWORD: password, ACCESS_TOKEN_TTL: '1d', LOG_LEVEL, NODE_OPTIONS };
  const node = await NodeProcess.on(join(directory, 'node'), variables);
  const constantNode = await NodeProcess.on(
    join(directory, 'constant'),
    variables,
    join(__dirname, 'constant-node.js'),
  );
  await Promise.all([node.start(), constantNode.start()]);
  const target = await prepare(node, connections);
  const constantTarget = await prepare(constantNode, connections);
  const path = `/v1/read/${target.apiKey}/config-1`;
  const same = await rawServer(await (await fetch(`${node.url}${path}`)).text());
  const loads = new HttpLoads(target, Number(seconds));
  const constantLoads = new HttpLoads(constantTarget, Number(seconds));
  const results = await measure({
    [constant]: () => constantLoads.updates(),
    [updated]: () => loads.updates(),
    [bareConstant]: () => loads.get('/health'),
    'mixed admin, a quarter PUT': () => loads.mixed(),
    [read]: () => loads.get(path),
    [raw]: () => load({ url: same.url, pid: same.pid, connections, duration: Number(seconds) }),
  });
  printFigures(Object.fromEntries(Object.entries(results).map(([name, all]) => [name, medianOf(all)])));
  printRatio(results, updated, constant);
  printRatio(results, updated, bareConstant);
  printRatio(results, read, raw);
  same.close();
  await Promise.all([node.stop(), constantNode.stop()]);
  rmSync(directory, { recursive: true, force: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
