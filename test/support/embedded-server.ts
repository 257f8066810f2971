import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { superuser } from '../../apps/server/src/database/embedded-postgres/postgres-cluster';
import { queryOnce } from './postgres-directory';

/** The embedded PostgreSQL of a node in another process, found as an operator would: by its files. */
export class EmbeddedServer {
  constructor(private readonly dataDir: string) {}

  /** The postmaster that runs now, or ran last. */
  get processId(): number {
    return Number(this.#line(0));
  }

  get url(): string {
    const [port, socket] = [this.#line(3), this.#line(4)];
    return `postgresql://${superuser}@/${superuser}?host=${encodeURIComponent(socket)}&port=${port}`;
  }

  query(text: string): Promise<Record<string, unknown>[]> {
    return queryOnce(this.url, text);
  }

  /** The server processes behind the node's own connections. */
  async backends(): Promise<readonly number[]> {
    const rows = await this.query(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name LIKE 'config-guardian%' ORDER BY pid`,
    );
    return rows.map(({ pid }) => Number(pid));
  }

  #line(number: number): string {
    const file = join(this.dataDir, 'postgres', 'cluster', 'postmaster.pid');
    return readFileSync(file, 'utf8').split('\n')[number] ?? '';
  }
}
