import { useTestServer } from './postgres-server';

/** One PostgreSQL for all workers; each suite makes a database of its own in it. */
export default async function setUp(): Promise<void> {
  await useTestServer();
}
