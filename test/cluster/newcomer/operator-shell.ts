import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

const separator = '\x1e';

/** The shell of whoever administers the cluster: one bash for the whole time, in which a command that fails ends it. */
export class OperatorShell {
  readonly #child: ChildProcess;
  #output = '';
  #arrived: () => void = () => undefined;

  constructor(
    cwd: string,
    /** What stands for the addresses and paths that documents name. */
    private readonly placed: (commands: string) => string,
  ) {
    const { PATH, HOME } = process.env;
    const child = spawn('bash', ['-s'], { cwd, env: { PATH, HOME }, stdio: 'pipe' });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#arrived();
      });
    child.once('close', () => this.#arrived());
    child.stdin.write('set -euo pipefail\n');
  }

  /** What the commands print, on either stream. */
  async run(commands: string): Promise<string> {
    this.#output = '';
    this.#child.stdin?.write(`${this.placed(commands)}\nprintf '${separator}'\n`);
    while (!this.#output.endsWith(separator)) {
      if (this.#child.exitCode !== null) throw new Error(`failed:\n${commands}\n${this.#output}`);
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
    return this.#output.slice(0, -separator.length);
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
