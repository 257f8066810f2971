import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';

/**
 * A process that owns an embedded database, for the tests that end such a process in every way there is. It says on its
 * standard output, a line of JSON each, what happens; a signal makes it shut down as a server does: work first.
 */
export type HostReport =
  | { readonly event: 'log'; readonly message: string }
  | { readonly event: 'started'; readonly url: string; readonly postgres: number }
  | { readonly event: 'refused'; readonly failure: string; readonly message: string }
  | { readonly event: 'worked-after-signal'; readonly rows: number }
  | { readonly event: 'failed'; readonly message: string }
  | { readonly event: 'stopped' };

function report(what: HostReport): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function main(): Promise<void> {
  const [dataDirectory = '', binariesDirectory] = process.argv.slice(2);
  const log = (_level: string, message: string): void => report({ event: 'log', message });
  const database = await startEmbeddedPostgres({ dataDirectory, binariesDirectory, log });
  const client = new Client({ connectionString: database.connectionUrl });
  client.on('error', (error) => report({ event: 'failed', message: error.message }));
  await client.connect();
  const shutDown = async (): Promise<void> => {
    // Long enough for a signal that reached the server too to have ended it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await client.query('SELECT 1');
    report({ event: 'worked-after-signal', rows: answer.rowCount ?? 0 });
    await client.end();
    await database.stop();
    report({ event: 'stopped' });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void shutDown().catch((error: unknown) => fail(error)));
  }
  setInterval(() => undefined, 60_000); // as a listening server would, keeps the process
  report({ event: 'started', url: database.connectionUrl, postgres: database.processId ?? 0 });
}

function fail(error: unknown): void {
  const failure = error instanceof Error && 'failure' in error ? String(error.failure) : 'unknown';
  report({ event: 'refused', failure, message: String(error) });
  process.exit(1);
}

main().catch(fail);
