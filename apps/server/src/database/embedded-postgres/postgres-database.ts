import { Client } from 'pg';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Makes the node's database in a fresh cluster, and proves that the server takes connections and answers. */
export async function ensureDatabase(connection: ConnectionOptions): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres', ssl: false });
  client.on('error', () => undefined); // the query in progress rejects with the same error
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [connection.database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(connection.database)}`);
  } finally {
    await client.end();
  }
}
