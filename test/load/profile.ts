import { mkdirSync, mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { NodeProcess } from '../support/node-process';
import type { CpuProfile } from './cpu-profile';
import { callTree, selfTimes } from './cpu-profile';
import { flameGraph } from './flame-graph';
import { connections, HttpLoads } from './http-loads';
import type { Target } from './http-target';
import { password, prepare } from './http-target';
import { printTable } from './load-run';
import { closedLoop } from './read-load';

/**
 * Where a node's time goes under a load: a flame graph that opens in any browser, and the functions that took most.
 * `npm run profile [-- --load read|local|update|mixed --seconds 10 --out directory]`
 */
const { values: options } = parseArgs({
  options: {
    load: { type: 'string', default: 'read' },
    seconds: { type: 'string', default: '10' },
    out: { type: 'string', default: join(tmpdir(), 'config-guardian-profile') },
  },
});
const seconds = Number(options.seconds);
const shown = 40;
const profileMs = 60_000;

const loadsOf = (
  target: Target,
): Readonly<Record<string, (seconds: number) => Promise<{ readonly perSecond: number }>>> => {
  const read = (query: string) => (time: number) =>
    closedLoop(
      { url: `${target.url}/v1/read/${target.apiKey}/config-1${query}`, pids: [target.pid] },
      connections,
      time,
    );
  return {
    read: read(''),
    local: read('?consistency=local'),
    update: (time) => new HttpLoads(target, time).updates(),
    mixed: (time) => new HttpLoads(target, time).mixed(),
  };
};

async function profileOf(pid: number, file: string, run: () => Promise<unknown>): Promise<CpuProfile> {
  process.kill(pid, 'SIGUSR2');
  await run();
  process.kill(pid, 'SIGUSR2');
  for (const deadline = Date.now() + profileMs; !existsSync(file); await wait(50))
    if (Date.now() > deadline) throw new Error('the node wrote no profile');
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-profile-'));
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const file = join(out, `${options.load}.cpuprofile`);
  rmSync(file, { force: true });
  const node = await NodeProcess.on(join(directory, 'node'), {
    ...{ ADMIN_PASSWORD: password, ACCESS_TOKEN_TTL: '1d', LOG_LEVEL: 'info', PROFILE_FILE: file },
    NODE_OPTIONS: `--require ${join(process.cwd(), 'test', 'load', 'profile-on-signal.cjs')}`,
  });
  try {
    await node.start();
    const loads = loadsOf(await prepare(node, connections));
    const run = loads[options.load];
    if (!run) throw new Error(`--load takes one of ${Object.keys(loads).join()}`);
    await run(3); // compiled by the time that it is looked at
    let perSecond = 0;
    const profile = await profileOf(node.pid, file, async () => ({ perSecond } = await run(seconds)));
    const root = callTree(profile);
    const most = selfTimes(root).slice(0, shown);
    const title = `Config Guardian, ${options.load}: ${perSecond.toFixed(0)} a second, ${(root.total / 1e6).toFixed(1)} s at work`;
    const page = join(out, `${options.load}.html`);
    writeFileSync(page, flameGraph(title, root, most));
    process.stdout.write(`${title}\n`);
    const share = (self: number): string => `${((100 * self) / root.total).toFixed(2)} %`;
    printTable(
      ['function', 'of its own'],
      most.map(({ name, self }) => [name, share(self)]),
    );
    process.stdout.write(`Flame graph: ${page}\nFor Chrome's developer tools: ${file}\n`);
  } finally {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
