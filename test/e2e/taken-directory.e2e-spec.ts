import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiClient } from '../support/api-client';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Longer than a node is sure of its lock without looking. */
const pauseMs = 3_000;

describe('a node that stood still', () => {
  const directory = temporaryDirectory();
  let node: NodeProcess;
  let client: ApiClient;

  beforeEach(async () => {
    node = await NodeProcess.on(join(directory.path, 'data'), { ADMIN_PASSWORD: adminPassword });
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
  }, 120_000);
  afterEach(() => node.kill());
  afterAll(() => directory.remove());

  const lock = (): string => join(directory.path, 'data', 'log', 'lock');
  const asked = (): Promise<unknown> =>
    client.ask('POST', '/v1/projects', { name: `asked ${Math.random()}` }).then(
      () => 'answered',
      () => 'not answered',
    );
  const read = (): Promise<unknown> =>
    client.ask('GET', '/v1/projects').then(
      () => 'answered',
      () => 'not answered',
    );

  it('while another took its data directory writes nothing and answers nothing, and ends', async () => {
    const { pid } = node;
    process.kill(pid, 'SIGSTOP');
    const answers = Promise.all([read(), asked(), read(), asked()]);
    await wait(pauseMs);
    // As a process elsewhere does it that finds the lock untouched.
    const owner = JSON.parse(readFileSync(lock(), 'utf8')) as Record<string, unknown>;
    writeFileSync(`${lock()}.new`, JSON.stringify({ ...owner, token: 'another', pid: 7, world: 'another container' }));
    renameSync(`${lock()}.new`, lock());
    process.kill(pid, 'SIGCONT');
    expect(await answers).toEqual(Array(4).fill('not answered'));
    await eventually('it has ended', () => (isRunning(pid) ? undefined : true));
    expect(node.output).toContain('was taken by process 7');
    rmSync(lock());
  }, 60_000);

  it('and still has its data directory goes on', async () => {
    process.kill(node.pid, 'SIGSTOP');
    const answers = Promise.all([read(), asked()]);
    await wait(pauseMs);
    process.kill(node.pid, 'SIGCONT');
    expect(await answers).toEqual(['answered', 'answered']);
  }, 60_000);
});
