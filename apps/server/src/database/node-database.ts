import { Inject, Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { PinoLogger } from 'nestjs-pino';
import type { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { createDataSource } from './data-source';
import { openDatabase } from './open-database';
import { startEmbeddedPostgres } from './embedded-postgres/embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres/embedded-postgres';
import { runMigrations } from './run-migrations';
import { errorText } from './transient-error';

/** A database that starts together with the node is waited for. */
const patienceMs = 60_000;
const poolStopMs = 500;
const serverStopMs = 1_500;

/** False when it takes longer. A rejection is passed on only in time: later nobody is there to hear of it. */
async function endsWithin(milliseconds: number, end: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  try {
    return await Promise.race([end.then(() => true), late]);
  } finally {
    clearTimeout(timer);
    end.catch(() => undefined);
  }
}

type EntityList = Parameters<typeof createDataSource>[1];

/** This node's own PostgreSQL: the one in DATABASE_URL, or an embedded one in DATA_DIR. */
@Injectable()
export class NodeDatabase {
  #embedded: Promise<EmbeddedPostgres> | undefined;
  #dataSource: DataSource | undefined;
  readonly #stopping = new AbortController();

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
      this.#embedded = startEmbeddedPostgres({
        dataDirectory: join(dataDir, 'postgres'),
        log: (level, message) => this.log[level](message),
        signal: this.#stopping.signal,
      });
    }
    const url = databaseUrl ?? (await this.#embedded)?.connectionUrl ?? '';
    const limits = {
      poolMax: databasePoolMax,
      connectTimeoutMs: databaseConnectTimeoutMs,
      statementTimeoutMs: databaseStatementTimeoutMs,
    };
    const onIdleConnectionLost = (error: Error) => {
      // The error carries the whole client; only its text belongs into the log. At the end all of them are lost.
      if (!this.#stopping.signal.aborted)
        this.log.warn(`an idle connection to the database was lost: ${errorText(error)}`);
    };
    this.#dataSource = createDataSource({ url, ...limits, onIdleConnectionLost }, entities);
    const onRetry = (reason: string) => this.log.warn(`waiting for the database: ${reason}`);
    await openDatabase(this.#dataSource, { waitMs: patienceMs, onRetry });
    await runMigrations(this.#dataSource);
    return this.#dataSource;
  }

  async #stopServer(): Promise<void> {
    // A start that failed or was given up has left nothing.
    const embedded = await this.#embedded?.catch(() => undefined);
    await embedded?.stop();
  }

  /** Neither a query that hangs nor a server that does not end holds the node up: what it acknowledged is in its log. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#dataSource?.isInitialized && !(await endsWithin(poolStopMs, this.#dataSource.destroy())))
      this.log.warn(`the connections to the database did not end within ${poolStopMs} ms and are left to break`);
    if (!(await endsWithin(serverStopMs, this.#stopServer())))
      this.log.warn(
        `the embedded PostgreSQL did not end within ${serverStopMs} ms: it ends after the node, and what it misses comes from the log at the next start`,
      );
  }
}
