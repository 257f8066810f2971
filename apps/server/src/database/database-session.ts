import type { Client, ClientConfig, Pool, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';

export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * One connection beside the pool, of its kind and with its settings: whoever holds it never waits for a query of somebody else,
 * and can throw it away with whatever it was doing.
 */
export class DatabaseSession {
  #lost: Error | undefined;

  private constructor(
    private readonly client: Client,
    private readonly onLost: () => void,
  ) {
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('Connection terminated')));
  }

  static async open(
    dataSource: DataSource,
    applicationName: string,
    onLost: () => void = () => undefined,
    /** Other settings than those of the pool. */
    settings: Pick<ClientConfig, 'query_timeout'> = {},
  ): Promise<DatabaseSession> {
    const pool = (dataSource.driver as unknown as { readonly master: Pool & { readonly Client: typeof Client } })
      .master;
    const session = new DatabaseSession(
      new pool.Client({
        ...(pool.options as ClientConfig),
        application_name: applicationName,
        pipeline: true,
        ...settings,
      }),
      onLost,
    );
    try {
      await session.client.connect();
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** Why the connection is of no more use, or undefined while it is. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  async query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    if (this.#lost) throw this.#lost;
    return this.client.query<Row>(text, values as unknown[] | undefined);
  }

  /** Sends all without waiting for the answers between; resolves after the last answer, whatever they are. */
  queryAll(statements: readonly Statement[]): Promise<readonly PromiseSettledResult<QueryResult>[]> {
    return Promise.allSettled(statements.map(({ text, values }) => this.query(text, values)));
  }

  /** The server rolls back what was not committed. Never throws: a connection that does not answer is cut. */
  close(): void {
    this.#lost ??= new Error('Connection terminated');
    this.client.end().catch(() => undefined);
  }

  #lose(error: Error): void {
    if (this.#lost) return;
    this.#lost = error;
    this.onLost();
  }
}
