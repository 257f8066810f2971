import { transformFileSync } from '@swc/core';
import type { Options as SwcOptions } from '@swc/core';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HostReport } from './postgres-host';

const root = join(__dirname, '..', '..');
/** The wrapper, and what it is built on. */
const folders = ['apps/server/src/database/embedded-postgres', 'libs/raft-node/src', 'libs/raft/src'];

/** The host and the wrapper, compiled on the first use so that plain Node runs them without jest. */
export function compiledHost(): { readonly program: string; remove(): void } {
  let out: string | undefined;
  return {
    get program() {
      return join((out ??= compiled()), 'test/support/postgres-host.js');
    },
    remove: () => {
      if (out !== undefined) rmSync(out, { recursive: true, force: true });
    },
  };
}

function compiled(): string {
  const out = mkdtempSync(join(tmpdir(), 'postgres-host-'));
  const { exclude: _, ...options } = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8')) as SwcOptions;
  for (const source of [...folders.flatMap(sourcesIn), 'test/support/postgres-host.ts']) {
    const { code } = transformFileSync(join(root, source), {
      ...options,
      swcrc: false,
      sourceMaps: false,
      jsc: { ...options.jsc, baseUrl: root },
    });
    const target = join(out, source.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return out;
}

function sourcesIn(folder: string): readonly string[] {
  const names = readdirSync(join(root, folder), { recursive: true }) as string[];
  return names.filter((name) => /(?<!\.spec)\.ts$/.test(name)).map((name) => join(folder, name));
}

type Event = HostReport['event'];

/** The host in a process group of its own, like a program started from a terminal. */
export class HostProcess {
  readonly reports: HostReport[] = [];
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly watchers = new Set<() => void>();
  private closed = false;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [program, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: join(root, 'node_modules'), ...env },
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
    void this.ended.then(() => {
      this.closed = true;
      this.changed();
    });
    if (this.child.stdout !== null) {
      createInterface(this.child.stdout).on('line', (line) => {
        this.reports.push(JSON.parse(line) as HostReport);
        this.changed();
      });
    }
  }

  get processId(): number {
    return this.child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.processId, signal);
  }

  /** What Ctrl-C does: the terminal signals the whole foreground process group. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.processId, signal);
  }

  /** The first report of the kind; fails when the process ends without it. */
  async until<E extends Event>(event: E): Promise<Extract<HostReport, { event: E }>> {
    for (;;) {
      const found = this.reports.find((report): report is Extract<HostReport, { event: E }> => report.event === event);
      if (found !== undefined) return found;
      if (this.closed) {
        throw new Error(`The host ended without "${event}": ${JSON.stringify(this.reports)}`);
      }
      await new Promise<void>((resolve) => this.watchers.add(resolve));
    }
  }

  private changed(): void {
    for (const wake of this.watchers) wake();
    this.watchers.clear();
  }
}
