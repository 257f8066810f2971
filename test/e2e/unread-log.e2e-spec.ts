import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

/** More than a pipe holds. */
const requests = 400;

describe('a node whose log', () => {
  const directory = temporaryDirectory();
  let child: ChildProcessByStdio<null, Readable, null>;
  let url: string;

  beforeEach(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const variables = { DATA_DIR: join(directory.path, 'data'), PORT: String(port), ADMIN_PASSWORD: adminPassword };
    child = spawn(process.execPath, [join(__dirname, '..', '..', 'dist', 'apps', 'server', 'src', 'main.js')], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...variables, RAFT_LISTEN: `127.0.0.1:${await freePort()}`, LOG_LEVEL: 'info' },
    });
    await eventually('it is ready', async () =>
      (await fetch(`${url}/ready`).catch(() => undefined))?.ok === true ? true : undefined,
    );
  }, 120_000);
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
    child.stdout.pause();
    await ask();
    expect(await stopped()).toEqual([0, null]);
  }, 60_000);

  it('was read by somebody who has gone answers on, and ends when it is told to', async () => {
    child.stdout.destroy();
    await ask();
    expect(await stopped()).toEqual([0, null]);
  }, 60_000);
});
