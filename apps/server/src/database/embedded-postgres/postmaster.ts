import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres.error';
import { postmasterFilePath, readPostmasterFile } from './postmaster-file';
import { commandOf, serverEnvironment, switchTo } from './server-account';
import type { RunnableServer } from './server-account';
import type { ServerLog } from './server-log';

export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * The shell becomes the server. Before that it leaves behind a watchdog that reads the node's pipe: a word means that
 * the server has ended; the pipe's end without a word means that the node is dead, and the server is told to shut
 * down. The watchdog is nobody's child, for the postmaster must not find a process among its children that it did not
 * start, and it ignores the signals with which a service manager ends a whole group.
 */
const serverUnderWatchdog = `
file=$1; shift
exec 3<&0 </dev/null
( (
  exec >/dev/null 2>&1
  trap '' HUP INT TERM
  read -r ended <&3 && exit 0
  kill -INT $$
  waited=0
  while [ $waited -lt 70 ] && read -r running <"$file" && [ "$running" = $$ ] && kill -0 $$; do
    sleep 1
    waited=$((waited + 1))
    [ $waited -eq 60 ] && kill -QUIT $$
  done
) & )
exec "$@" 3<&-
`;

const gentleStop = 60_000;
const immediateStop = 10_000;

/** One run of the server process, from its start to its end. */
export class Postmaster {
  readonly processId: number;
  readonly exited: Promise<PostmasterExit>;
  private ended = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly cluster: string,
  ) {
    this.processId = child.pid ?? -1;
    child.stdin?.on('error', () => undefined); // nobody reads any more: the watchdog is gone
    this.exited = new Promise((resolve) => {
      child.once('error', () => this.end(resolve, { code: null, signal: null }));
      child.once('exit', (code, signal) => this.end(resolve, { code, signal }));
    });
  }

  static spawn(
    server: RunnableServer,
    cluster: string,
    settings: Readonly<Record<string, string>>,
    log: ServerLog,
  ): Postmaster {
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const script = ['-c', serverUnderWatchdog, 'postgres', postmasterFilePath(cluster)];
    const [command, args] = commandOf(server.account, 'sh', [
      ...script,
      server.binaries.postgres,
      '-D',
      cluster,
      ...options,
    ]);
    const output = log.open();
    try {
      const child = spawn(command, args, {
        ...switchTo(server.account),
        cwd: '/',
        env: serverEnvironment(),
        // A session of its own: Ctrl-C is for the node, which stops the server when it no longer needs it.
        detached: true,
        stdio: ['pipe', output, output],
      });
      return new Postmaster(child, cluster);
    } finally {
      closeSync(output);
    }
  }

  get isRunning(): boolean {
    return !this.ended;
  }

  /** Resolves true when the server takes connections, false when it ended instead. */
  async ready(timeout: number, signal: AbortSignal): Promise<boolean> {
    const began = performance.now();
    while (this.isRunning) {
      const file = await readPostmasterFile(this.cluster);
      if (file?.processId === this.processId && file.ready) {
        // From here on the server does not keep the node's process from ending.
        this.child.unref();
        return true;
      }
      if (performance.now() - began > timeout) {
        throw new EmbeddedPostgresError('start-failed', `PostgreSQL is not ready after ${timeout / 1000} s.`);
      }
      await wait(15, undefined, { signal });
    }
    return false;
  }

  /** Fast shutdown: sessions are ended, everything is written. After a minute, without the writing: recovery does it. */
  async stop(): Promise<void> {
    this.child.ref();
    for (const [signal, patience] of [
      ['SIGINT', gentleStop],
      ['SIGQUIT', immediateStop],
    ] as const) {
      if (!this.isRunning) return;
      this.child.kill(signal);
      if (await this.endsWithin(patience)) return;
    }
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private async endsWithin(milliseconds: number): Promise<boolean> {
    const patience = new AbortController();
    const late = wait(milliseconds, false, { signal: patience.signal }).catch(() => false);
    const ended = await Promise.race([this.exited.then(() => true), late]);
    patience.abort();
    return ended;
  }

  private end(resolve: (exit: PostmasterExit) => void, exit: PostmasterExit): void {
    this.ended = true;
    this.child.stdin?.end('ended\n');
    resolve(exit);
  }
}
