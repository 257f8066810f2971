import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { withoutTools } from './lacking';
import { freePort } from './node-process';
import { eventually, fastDirectory } from './postgres-directory';

const missing = withoutTools('redis-server');
/** Where tests must not be skipped, it is an error. */
export const withoutRedis = missing && `${missing} (apt-get install redis-server)`;
if (missing !== undefined && process.env['CI']) throw new Error(withoutRedis);

const startMs = 10_000;
/** Otherwise ioredis waits two seconds for the end of a connection that has ended. */
const disconnectTimeout = 50;

/** A real Redis of a test's own, which can be killed, paused and started again on the same data. */
export class RedisServer {
  readonly url: string;
  #child: ChildProcess | undefined;
  #own: Redis | undefined;
  readonly #opened: Redis[] = [];

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly options: readonly string[],
  ) {
    this.url = `redis://127.0.0.1:${port}/0`;
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), mkdtempSync(join(fastDirectory(), 'redis-')), options);
    await server.start();
    return server;
  }

  /** A connection of the test, for what it wants to see or break. */
  get client(): Redis {
    this.#own ??= this.open();
    return this.#own;
  }

  /** One more, which comes back whenever the server does, and ends when it is closed. */
  open(): Redis {
    const client = new Redis(this.url, { retryStrategy: () => 50, disconnectTimeout }).on('error', () => undefined);
    this.#opened.push(client);
    return client;
  }

  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory, '--save', ''];
    const child = spawn('redis-server', [...place, '--appendfsync', 'always', ...this.options], { stdio: 'ignore' });
    this.#child = child;
    for (const deadline = Date.now() + startMs; Date.now() < deadline; await wait(20)) {
      if (child.exitCode !== null) break;
      if (await this.#answers()) return;
    }
    throw new Error(`redis-server did not start (exit code ${child.exitCode})`);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** It takes connections and answers nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    for (const client of this.#opened) client.disconnect();
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const probe = new Redis(this.url, { lazyConnect: true, retryStrategy: null, disconnectTimeout }).on(
      'error',
      () => undefined,
    );
    try {
      await probe.connect();
      return (await probe.info()).includes('redis_version');
    } catch {
      return false;
    } finally {
      probe.disconnect();
    }
  }
}

export const untilSo = (isSo: () => boolean | Promise<boolean>): Promise<true> =>
  eventually(String(isSo), async () => (await isSo()) || undefined);
