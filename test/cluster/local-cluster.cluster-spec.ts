import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { postgresProcessesOf, runningProcess } from '../../apps/server/src/database/embedded-postgres/running-process';
import { fastDirectory } from '../support/postgres-directory';

const numbers = [1, 2, 3];
const startMs = 90_000;
/** A node ends within 10 s, and they end together. */
const stopMs = 15_000;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.once('listening', () => server.close(() => resolve(true)));
  });
}

const isReady = (number: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${8080 + number}/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.ok,
    () => false,
  );

async function until(what: () => string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + startMs; !(await isSo()); await wait(50))
    if (performance.now() > deadline) throw new Error(`still not so after ${startMs} ms: ${what()}`);
}

const lives = (processId: number): boolean => runningProcess(processId)?.zombie === false;

/** What `npm run cluster` runs, in a place of its own and in a process group of its own, as a shell would. */
class LocalCluster {
  output = '';
  readonly #child: ChildProcess;

  constructor(private readonly directory: string) {
    this.#child = spawn(process.execPath, [join(directory, 'scripts', 'cluster.mjs')], {
      cwd: directory,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  /** Of all nodes that were ever started. */
  get nodeIds(): readonly number[] {
    return [...this.output.matchAll(/node-\d \| starts at \S+ \(process (\d+)\)/g)].map(([, id]) => Number(id));
  }

  get postgresIds(): readonly number[] {
    return numbers.flatMap((number) =>
      postgresProcessesOf(join(this.directory, 'data', 'cluster', `node-${number}`, 'postgres', 'cluster'), undefined),
    );
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  says(text: string | RegExp): Promise<void> {
    return until(
      () => `it says ${String(text)}:\n${this.output}`,
      () => this.output.search(text) >= 0,
    );
  }

  /** A terminal sends it to the nodes as well. */
  async interrupt(): Promise<number | null> {
    const exited = once(this.#child, 'exit') as Promise<[number | null]>;
    process.kill(-(this.#child.pid ?? 0), 'SIGINT');
    return (await exited)[0];
  }

  end(): void {
    for (const id of [this.#child.pid ?? 0, ...this.nodeIds, ...this.postgresIds])
      if (lives(id)) process.kill(id, 'SIGKILL');
  }
}

describe('npm run cluster', () => {
  let directory: string;
  let cluster: LocalCluster;

  beforeAll(async () => {
    const ports = numbers.flatMap((number) => [8080 + number, 7400 + number]);
    for (const port of ports) if (!(await isFree(port))) throw new Error(`port ${port} of the local cluster is in use`);
    directory = mkdtempSync(join(fastDirectory(), 'config-guardian-local-cluster-'));
    cpSync(join(process.cwd(), 'scripts'), join(directory, 'scripts'), { recursive: true });
    symlinkSync(join(process.cwd(), 'dist'), join(directory, 'dist'));
    cluster = new LocalCluster(directory);
  });
  afterAll(() => {
    cluster.end();
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  });

  it('starts three nodes, and says of each line whose it is', async () => {
    await cluster.says('The cluster is ready');
    expect(await Promise.all(numbers.map(isReady))).toEqual([true, true, true]);
    expect(cluster.nodeIds).toHaveLength(3);
    const [logged = ''] = cluster.output.split('\nThe cluster is ready');
    const lines = logged.split('\n').filter((line) => line !== '');
    for (const number of numbers) expect(lines.join('\n')).toMatch(new RegExp(`^node-${number} \\| info `, 'm'));
    expect(lines.filter((line) => !/^node-[123] \| \S/.test(line))).toEqual([]);
    expect(cluster.output).toMatch(
      /Log in as +admin@example\.com with the password in \S*data\/cluster\/node-[123]\/admin-password/,
    );
  }, 120_000);

  it('kills and starts a node that is named', async () => {
    cluster.type('kill 2');
    await cluster.says(/^node-2 \| has ended \(SIGKILL\)$/m);
    expect(await isReady(2)).toBe(false);
    cluster.type('start 2');
    await until(
      () => `node-2 is ready again:\n${cluster.output}`,
      () => isReady(2),
    );
    expect(cluster.nodeIds).toHaveLength(4);
  }, 120_000);

  it('ends them all with Ctrl-C, and leaves no process', async () => {
    expect(cluster.postgresIds.length).toBeGreaterThan(3);
    const began = performance.now();
    expect(await cluster.interrupt()).toBe(0);
    expect(performance.now() - began).toBeLessThan(stopMs);
    for (const number of numbers)
      expect(cluster.output).toMatch(new RegExp(`^node-${number} \\| has ended \\(exit code 0\\)$`, 'm'));
    expect(cluster.nodeIds.filter(lives)).toEqual([]);
    expect(cluster.postgresIds).toEqual([]);
  }, 60_000);
});
