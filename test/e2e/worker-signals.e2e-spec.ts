import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Socket } from 'node:net';

const entry = join(__dirname, '..', '..', 'dist', 'apps', 'server', 'src', 'read', 'workers', 'read-worker.js');
/** Sends the signal as soon as the worker's own code asks for a module of Node's, with most of its loading before it. */
const early = join(__dirname, '..', 'support', 'signal-while-loading.cjs');

describe('a read worker', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
    'that hears %s while it loads lives on, opens no inspector, and ends with its channel',
    async (signal) => {
      const worker = fork(entry, [], {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
        execArgv: ['--require', early],
        env: { ...process.env, SIGNAL_WHILE_LOADING: signal },
      });
      let errors = '';
      worker.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
      const end = once(worker, 'exit');
      const channel = worker.stdio[4] as Socket;
      // Its counts, which come when all is loaded; or nothing, because it has ended.
      await Promise.race([once(channel, 'data'), end]);
      channel.destroy();
      expect(await end).toEqual([0, null]);
      expect(errors).toBe(`${signal} is sent\n`);
    },
    30_000,
  );
});
