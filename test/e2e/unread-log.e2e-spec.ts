import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../support/node-process';
import { eventually, isRoot, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

/** More than a pipe holds. */
const requests = 400;
const mayMount =
  isRoot && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0;

/** Which of the requests below have a whole line in a log. */
const numbersIn = (log: string): readonly number[] =>
  [...log.matchAll(/^\{.*"path":"\/v1\/nowhere\/[^"]*\/(\d+)".*\}$/gm)].map(([, number]) => Number(number));

const main = join(__dirname, '..', '..', 'dist', 'apps', 'server', 'src', 'main.js');

describe('a node whose log', () => {
  const directory = temporaryDirectory();
  let child: ChildProcess;
  let url: string;
  let complaints: string;

  async function spawned(stdout: 'pipe' | number): Promise<void> {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    complaints = '';
    const variables = { DATA_DIR: join(directory.path, 'data'), PORT: String(port), ADMIN_PASSWORD: adminPassword };
    child = spawn(process.execPath, [main], {
      stdio: ['ignore', stdout, 'pipe'],
      env: { ...process.env, ...variables, RAFT_LISTEN: `127.0.0.1:${await freePort()}`, LOG_LEVEL: 'info' },
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  }
  const isReady = () =>
    eventually('it is ready', async () =>
      (await fetch(`${url}/ready`).catch(() => undefined))?.ok === true ? true : undefined,
    );
  afterEach(() => child.kill('SIGKILL'));
  afterAll(() => directory.remove());

  async function ask(): Promise<void> {
    for (let n = 0; n < requests; n += 1) {
      const { status } = await fetch(`${url}/v1/nowhere/${'a-path-that-fills-the-pipe'.repeat(8)}/${n}`);
      expect(status).toBe(404);
    }
  }

  async function stopped(): Promise<readonly [number | null, NodeJS.Signals | null] | 'still there'> {
    const end = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill('SIGTERM');
    return Promise.race([end, wait(15_000, 'still there' as const, { ref: false })]);
  }

  it('nobody reads answers on, and ends when it is told to', async () => {
    await spawned('pipe');
    await isReady();
    child.stdout?.pause();
    await ask();
    expect(await stopped()).toEqual([0, null]);
  }, 120_000);

  it.each([
    ['when it serves', true],
    ['before its first line', false],
  ])(
    'lost its reader %s answers on, and ends when it is told to',
    async (_when, isLater) => {
      await spawned('pipe');
      if (isLater) await isReady();
      child.stdout?.destroy();
      await isReady();
      await ask();
      expect(await stopped()).toEqual([0, null]);
    },
    120_000,
  );

  it('is on a full disk answers on, says so once, and ends when it is told to', async () => {
    if (!existsSync('/dev/full')) return void process.stdout.write('SKIPPED: this system has no /dev/full\n');
    const full = openSync('/dev/full', 'w');
    try {
      await spawned(full);
      await isReady();
      await ask();
      expect(await stopped()).toEqual([0, null]);
      expect(complaints.match(/the log cannot be written.*/g)).toEqual([expect.stringContaining('ENOSPC')]);
    } finally {
      closeSync(full);
    }
  }, 120_000);

  it('fills the disk keeps its lines, writes them when there is room, and ends when it is told to', async () => {
    if (!mayMount) return void process.stdout.write('SKIPPED: mounting a small disk needs root\n');
    const disk = join(directory.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      const file = join(disk, 'log');
      const log = openSync(file, 'a');
      await spawned(log).finally(() => closeSync(log));
      await isReady();
      await ask();
      await eventually('the disk is full', () => complaints.includes('ENOSPC') || undefined);
      expect(statSync(file).size).toBe(64 * 1024);
      await ask();
      execFileSync('mount', ['-o', 'remount,size=16m', disk]);
      const written = await eventually('what was kept is written', () => {
        const numbers = numbersIn(readFileSync(file, 'utf8'));
        return numbers.length >= 2 * requests ? numbers : undefined;
      });
      // Nothing is cut, doubled or lost around the place where the disk was full.
      const once = Array.from({ length: requests }, (_, n) => n);
      expect(written).toEqual([...once, ...once]);
      expect(await stopped()).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  }, 120_000);

  it('has to tell of signals that mean nothing goes on, says so, and opens no inspector', async () => {
    await spawned('pipe');
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    await isReady();
    const signals = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
    for (const signal of signals) child.kill(signal);
    await eventually('each is told', () =>
      signals.every((signal) => output.includes(`${signal} means nothing`)) ? true : undefined,
    );
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(complaints).not.toContain('Debugger listening');
    expect(await stopped()).toEqual([0, null]);
  }, 120_000);
});
