import { Inject, Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { PinoLogger } from 'nestjs-pino';
import type { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { createDataSource } from './data-source';
import { startEmbeddedPostgres } from './embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres/embedded-postgres';
import { runMigrations } from './run-migrations';

type EntityList = Parameters<typeof createDataSource>[1];

/** This node's own PostgreSQL: the one in DATABASE_URL, or an embedded one in DATA_DIR. */
@Injectable()
export class NodeDatabase {
  #embedded: EmbeddedPostgres | undefined;
  #dataSource: DataSource | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly log: PinoLogger,
  ) {}

  /** For queries of history and search; everything current is read from the state. */
  get dataSource(): DataSource {
    if (!this.#dataSource) throw new Error('the database has not started');
    return this.#dataSource;
  }

  async start(entities: EntityList): Promise<DataSource> {
    const { databaseUrl, dataDir, databasePoolMax, databaseConnectTimeoutMs, databaseStatementTimeoutMs } =
      this.environment;
    if (databaseUrl === null) {
      this.#embedded = await startEmbeddedPostgres({
        dataDirectory: join(dataDir, 'postgres'),
        log: (level, message) => this.log[level](message),
      });
    }
    const url = databaseUrl ?? this.#embedded?.connectionUrl ?? '';
    this.#dataSource = await createDataSource(
      {
        url,
        poolMax: databasePoolMax,
        connectTimeoutMs: databaseConnectTimeoutMs,
        statementTimeoutMs: databaseStatementTimeoutMs,
      },
      entities,
    ).initialize();
    await runMigrations(this.#dataSource);
    return this.#dataSource;
  }

  async stop(): Promise<void> {
    if (this.#dataSource?.isInitialized) await this.#dataSource.destroy();
    await this.#embedded?.stop();
  }
}
