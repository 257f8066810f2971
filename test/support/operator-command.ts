import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

/** A built command in a process of its own, with nothing in its environment but what it is given. */
export class OperatorCommand {
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;

  constructor(entry: 'backup-command' | 'recover' | 'restore', given: readonly string[], variables: object) {
    const { PATH, HOME, TMPDIR } = process.env;
    const file = join(process.cwd(), 'dist', 'apps', 'server', 'src', `${entry}.js`);
    this.#child = spawn(process.execPath, [file, ...given], {
      env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    this.ended = once(this.#child, 'close').then(([code]) => ({ code: code as number | null, output }));
  }

  kill(): Promise<CommandEnd> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}
