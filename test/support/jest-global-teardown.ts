import { releaseTestServer } from './postgres-server';

export default async function tearDown(): Promise<void> {
  await releaseTestServer();
}
