import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeUnless, withoutTools } from '../support/lacking';
import { freePort } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';

const entry = join(process.cwd(), 'dist', 'apps', 'server', 'src', 'main.js');

describeUnless(withoutTools('script'), 'a node on a terminal', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  it('logs lines to be read, shows a generated password once, and ends with 0 by Ctrl-C', async () => {
    const port = String(await freePort());
    const { PATH, HOME } = process.env;
    // `script` gives it a terminal of its own, and ends as it does.
    const child = spawn('script', ['-qec', `exec ${process.execPath} ${entry}`, '/dev/null'], {
      env: { PATH, HOME, SHELL: '/bin/sh', DATA_DIR: join(directory.path, 'data'), PORT: port, LOG_LEVEL: 'info' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    try {
      await eventually('it is ready', async () => {
        const isReady = (await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined))?.ok;
        return (isReady === true && output.includes('the node serves')) || undefined;
      });
      expect((await fetch(`http://127.0.0.1:${port}/v1/projects`)).status).toBe(401);
      await eventually('the request is told', () => output.includes('request completed') || undefined);
      // As the terminal sends it.
      child.stdin.write('\x03');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
    expect(output).toMatch(/INFO.*the node serves/);
    expect(output).toMatch(/INFO.*request completed.*"status":401/);
    expect(output).not.toMatch(/^\{"level"/m);
    const password = readFileSync(join(directory.path, 'data', 'admin-password'), 'utf8').trim();
    expect(output.split(password)).toHaveLength(2);
  }, 90_000);
});
