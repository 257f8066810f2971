import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../apps/server/src/database/embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from '../../../apps/server/src/database/embedded-postgres/embedded-postgres';
import { queryOnce } from '../../support/postgres-directory';

const database = 'configs';

/** A PostgreSQL as an operator keeps it for one node: its roles need their passwords, the one who runs it needs none. */
export class PasswordPostgres {
  private constructor(private readonly server: EmbeddedPostgres) {}

  /** With a database that belongs to `role`. */
  static async start(directory: string, role: string, password: string): Promise<PasswordPostgres> {
    const server = await startEmbeddedPostgres({
      dataDirectory: directory,
      log: () => undefined,
      settings: { fsync: 'off' },
    });
    const postgres = new PasswordPostgres(server);
    const { user } = server.connectionOptions;
    writeFileSync(join(directory, 'cluster', 'pg_hba.conf'), `local all ${user} trust\nlocal all all scram-sha-256\n`);
    await postgres.administer('SELECT pg_reload_conf()');
    await postgres.administer(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    await postgres.administer(`CREATE DATABASE ${database} OWNER ${role}`);
    return postgres;
  }

  /** What a node is given. */
  url(role: string, password: string): string {
    const { host, port } = this.server.connectionOptions;
    return `postgresql://${role}:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  }

  /** As the superuser. */
  administer(sql: string): Promise<Record<string, unknown>[]> {
    return queryOnce(this.server.connectionUrl, sql);
  }

  query(sql: string): Promise<Record<string, unknown>[]> {
    const { host, port, user } = this.server.connectionOptions;
    return queryOnce(`postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`, sql);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
