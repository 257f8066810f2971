import { copyFileSync, openSync, renameSync, statSync, truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorCode } from './embedded-postgres.error';

export type EmbeddedPostgresLog = (level: 'info' | 'warn' | 'error', message: string) => void;

const maxBytes = 8 * 1024 * 1024;
const checkInterval = 30_000;

/**
 * The server's messages, in a file because a pipe would break when the node dies and lose what the server says then.
 * One older part is kept; together they stay near twice `maxBytes`.
 */
export class ServerLog {
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly path: string,
    report: (message: string) => void,
  ) {
    if (sizeOf(path) > maxBytes) renameSync(path, `${path}.1`);
    this.timer = setInterval(() => {
      try {
        this.cutWhenLong();
      } catch (error) {
        report(`The log of the embedded PostgreSQL cannot be cut: ${String(error)}`);
      }
    }, checkInterval).unref();
  }

  /** For the server's standard output and error. The caller closes it once the server has it. */
  open(): number {
    return openSync(this.path, 'a', 0o600);
  }

  close(): void {
    clearInterval(this.timer);
  }

  size(): number {
    return sizeOf(this.path);
  }

  async since(offset: number): Promise<string> {
    return (await readFile(this.path)).subarray(offset).toString('utf8').trim();
  }

  /** The server appends, so it goes on at the start of the emptied file. */
  cutWhenLong(): void {
    if (sizeOf(this.path) <= maxBytes) return;
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
