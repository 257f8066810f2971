import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { join } from 'node:path';

/** A process of its own that ends the nodes of this one if it dies, however it dies. */
export class Reaper {
  readonly #child: ChildProcess;
  readonly #pipe: Writable;

  constructor() {
    // Detached: neither Ctrl-C nor the end of the terminal reaches it.
    this.#child = spawn(process.execPath, [join(__dirname, 'reaper-program.cjs')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    if (this.#child.stdin === null) throw new Error('the reaper has no pipe');
    this.#pipe = this.#child.stdin;
    this.#child.unref();
  }

  /** Ended with this process, unless it ended before. */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#pipe.write(`+${pid}\n`);
    child.once('exit', () => this.#pipe.writable && this.#pipe.write(`-${pid}\n`));
  }

  /** Removed with this process. */
  own(directory: string): void {
    this.#pipe.write(`! ${directory}\n`);
  }

  /** Is to stay after all. */
  leave(directory: string): void {
    this.#pipe.write(`= ${directory}\n`);
  }

  /** Does its work now. */
  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#pipe.end();
    await exited;
  }
}
