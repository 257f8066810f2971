import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Tests and benchmarks run from the root of the checkout. */
const entry = join(process.cwd(), 'dist', 'apps', 'server', 'src', 'main.js');
const startMs = 60_000;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface NodeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal to the end of the process. */
  readonly ms: number;
}

/** A real node: the built server in a process of its own, killed and started again on the same data directory. */
export class NodeProcess {
  #child: ChildProcess | undefined;
  #output = '';
  #errors = '';

  constructor(
    readonly url: string,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly script = entry,
  ) {}

  /** `script`: what runs instead of the server's own entry. */
  static async on(
    dataDir: string,
    variables: Readonly<Record<string, string>> = {},
    script = entry,
  ): Promise<NodeProcess> {
    const port = await freePort();
    const own = { DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn', ...variables };
    return new NodeProcess(`http://127.0.0.1:${port}`, own, script);
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the node does not run');
    return this.#child.pid;
  }

  /** What it has printed since it was made, for the message of a failed test. */
  get output(): string {
    return this.#output;
  }

  /** The part of it that went to stderr. */
  get errors(): string {
    return this.#errors;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    const child = this.launch();
    for (const deadline = Date.now() + startMs; Date.now() < deadline; await wait(20)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (await this.isReady()) return;
    }
    throw new Error(`the node did not become ready (exit code ${child.exitCode}):\n${this.#output}`);
  }

  /** Starts the process and waits for nothing. */
  launch(): ChildProcess {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [this.script], {
      env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    child.stderr.on('data', (text: string) => (this.#errors += text));
    return child;
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Resolves when it has ended by itself, and everything that it printed is here. */
  async ended(): Promise<Pick<NodeEnd, 'code' | 'signal'>> {
    if (!this.#child) throw new Error('the node does not run');
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal };
  }

  kill(): Promise<NodeEnd> {
    return this.#end('SIGKILL');
  }

  /** Resolves when it has ended, however long that takes. */
  stop(): Promise<NodeEnd> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<NodeEnd> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null, ms: 0 };
    const began = performance.now();
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill(signal);
    const [code, by] = await ended;
    return { code, signal: by, ms: performance.now() - began };
  }
}
