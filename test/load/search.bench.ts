import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Deadline } from '../../apps/server/src/common/deadline';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import type { ConfigEntity } from '../../apps/server/src/configs/config.entity';
import { ConfigList } from '../../apps/server/src/configs/config-list';
import { configsFeature } from '../../apps/server/src/configs/configs.feature';
import type { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { State } from '../../apps/server/src/consensus/state/state';
import { printTable, quantilesOf } from './load-run';
import { contentOf, keyOf } from './queries-fill';

/**
 * Searches in the configs of one project as they lie in memory, without HTTP and without a database: how long each takes,
 * and for how long it holds up the event loop at a time. The contents have from 10 bytes to 1 kB.
 *
 *   npm run bench:search            CONFIGS=100000 RUNS=40 CLIENTS=2 CHANGED=0
 */
const configs = Number(process.env['CONFIGS'] ?? 100_000);
const runs = Number(process.env['RUNS'] ?? 40);
const clients = Number(process.env['CLIENTS'] ?? 2);
/** So many configs are changed before each search. */
const changed = Number(process.env['CHANGED'] ?? 0);

const kinds: Readonly<Record<string, (n: number) => string>> = {
  'found nowhere': (n) => `nothing-${n}`,
  'found once': (n) => `config-${String((n * 7_919) % configs).padStart(6, '0')}`,
  'one config in a thousand': () => 'needle',
  'found everywhere': () => 'service',
  'three characters, found nowhere': () => 'zqj',
  'two characters, found nowhere': () => '~~',
  'beyond ASCII, found nowhere': () => 'größe',
};

const sizes = [10, 40, 150, 400, 700, 1_000];

function row(n: number, version: number): ConfigEntity {
  const size = sizes[n % sizes.length] ?? 0;
  const whole = `${contentOf(n, version)}${contentOf(n + 1, version)}${contentOf(n + 3, version)}`;
  const stamp = { createdAt: '', createdBy: null, updatedAt: '', updatedBy: null, modIndex: n + version };
  const content = n % 1_000 === 7 ? contentOf(n, version) : JSON.stringify(whole.slice(0, size));
  const identity = { projectId: 'project-0', key: keyOf(n), schemaId: `schema-${n % 500}`, schemaVersion: 1 };
  return { ...identity, version, content, ...stamp } as unknown as ConfigEntity;
}

/** Rows as a restart leaves them: each text on its own, not a view of another. */
function filled(): State {
  const state = new State(configsFeature.tables as never, []);
  for (let n = 0; n < configs; n++) state.load('configs', own(row(n, 1)));
  return state;
}

const own = (config: ConfigEntity): ConfigEntity => JSON.parse(JSON.stringify(config)) as ConfigEntity;

/** The longest time between two turns of the event loop while the work goes on. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isOver = true;
  return longest;
}

async function main(): Promise<void> {
  const before = process.memoryUsage();
  const state = filled();
  const list = new ConfigList({ state } as unknown as ConsensusService, parseEnvironment({}));
  const context = (): RequestContext => ({ deadline: Deadline.after(60_000) }) as RequestContext;
  const search = (q: string) => list.list('project-0', { limit: 50, q }, context());
  globalThis.gc?.();
  const loaded = process.memoryUsage();
  const idle = process.cpuUsage();
  await search('nothing');
  const first = process.cpuUsage(idle).user / 1_000;
  globalThis.gc?.();
  const searched = process.memoryUsage();
  const bytes = (a: NodeJS.MemoryUsage, b: NodeJS.MemoryUsage): string =>
    ((b.heapUsed + b.external - a.heapUsed - a.external) / configs).toFixed(0);
  process.stdout.write(
    `${configs} configs, ${bytes(before, loaded)} bytes each; the first search ${first.toFixed(0)} ms of CPU, ${bytes(loaded, searched)} bytes more each\n`,
  );
  let version = 1;
  const rows: string[][] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    const times: number[] = [];
    let found = 0;
    let n = 0;
    const client = async (): Promise<void> => {
      while (n < runs) {
        const q = kind(n++);
        for (let at = 0; at < changed; at++)
          state.load('configs', own(row((n * 7_919 + at * 31) % configs, ++version)));
        await turn();
        const from = performance.now();
        found = (await search(q)).items.length;
        times.push(performance.now() - from);
      }
    };
    const idle = process.cpuUsage();
    const longest = await longestTurn(() => Promise.all(Array.from({ length: clients }, client)));
    const { user, system } = process.cpuUsage(idle);
    const cpu = (user + system) / 1_000 / runs;
    const quantile = quantilesOf(times);
    rows.push([
      name,
      String(found),
      cpu.toFixed(1),
      ...[0.5, 0.95, 1].map((q) => quantile(q).toFixed(1)),
      longest.toFixed(1),
    ]);
  }
  printTable(['search', 'found', 'CPU ms', 'p50 ms', 'p95 ms', 'max ms', 'longest turn ms'], rows);
}

void main();
