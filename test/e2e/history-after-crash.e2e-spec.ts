import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { persisterDefaults } from '../../apps/server/src/consensus/persister-options';
import { aWorld, portSchema } from '../support/world';
import type { World } from '../support/world';

describe('history after a crash of PostgreSQL that took its newest commits', () => {
  let world: World;
  const clients: Client[] = [];

  beforeAll(async () => {
    // Only the first commit is a synchronous one: a crash can take everything after it.
    jest.replaceProperty(persisterDefaults as { syncIntervalMs: number }, 'syncIntervalMs', 3_600_000);
    world = await aWorld();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await world?.close();
    jest.restoreAllMocks();
  }, 60_000);

  async function connected(): Promise<Client> {
    const client = new Client({ connectionString: world.databaseUrl });
    await client.connect();
    clients.push(client);
    return client;
  }

  /** Takes away what came after the index, and all connections with it; the node cannot write until the answer is called. */
  async function crashBackTo(index: number): Promise<() => Promise<unknown>> {
    const [crash, holder] = [await connected(), await connected()];
    await crash.query('BEGIN');
    await crash.query('UPDATE raft_meta SET applied_index = $1', [index]);
    await holder.query('BEGIN');
    const pid = (await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const held = holder.query('SELECT 1 FROM raft_meta FOR UPDATE');
    const isQueued = 'SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted';
    while ((await crash.query(isQueued, [pid])).rowCount === 0) await wait(5);
    for (const table of ['audit_records', 'command_outcomes'])
      await crash.query(`DELETE FROM ${table} WHERE index > $1`, [index]);
    for (const table of ['config_revisions', 'schema_versions'])
      await crash.query(`DELETE FROM ${table} WHERE version > 1`);
    await crash.query(
      `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'config-guardian%'`,
    );
    await crash.query('COMMIT');
    await held;
    return () => holder.query('ROLLBACK');
  }

  it('is answered in full, as soon as the node has written it again', async () => {
    const project = await world.aProject();
    const schema = await world.aSchema();
    const elsewhere = await world.aProject();
    const { key: otherKey } = await world.aConfig(elsewhere, schema);
    const others = `/v1/projects/${elsewhere.id}/configs/${otherKey}`;
    const { key, modIndex } = await world.aConfig(project, schema);
    const config = `/v1/projects/${project.id}/configs/${key}`;
    const content = { ...portSchema, title: 'second' };
    await world.asAdmin('get', `${config}/revisions`).expect(200);
    await world.asAdmin('put', `/v1/schemas/${schema.id}`).send({ content, expectedVersion: 1 }).expect(200);
    for (const port of [1, 2])
      await world.asAdmin('put', config).send({ content: { port }, expectedVersion: port }).expect(200);
    await world
      .asAdmin('put', others)
      .send({ content: { port: 3 }, expectedVersion: 1 })
      .expect(200);
    const paths = [
      `${config}/revisions`,
      `${config}/revisions/2`,
      `/v1/schemas/${schema.id}/versions`,
      `/v1/schemas/${schema.id}/versions/2`,
      `/v1/audit?projectId=${project.id}`,
    ];
    const ask = async (path: string) => (await world.asAdmin('get', path).expect(200)).body as object;
    const before = await Promise.all(paths.map(ask));
    expect(before[0]).toMatchObject({ items: [{ version: 3 }, { version: 2 }, { version: 1 }] });

    const goOn = await crashBackTo(modIndex);
    let answered = 0;
    const asked = paths.map((path) => ask(path).finally(() => answered++));
    // Of a project that nobody asks about: whether it is applied before or after the questions must not matter.
    const rolledBack = world
      .asAdmin('post', `${others}/rollback`)
      .send({ targetVersion: 1, expectedVersion: 2 })
      .then((answer) => answer)
      .finally(() => answered++);
    await wait(300);
    expect(answered).toBe(0);
    await goOn();
    expect(await Promise.all(asked)).toEqual(before);
    expect(await rolledBack).toMatchObject({ status: 200, body: { version: 3, content: { port: 8080 } } });
    expect(world.fatal).toEqual([]);
  }, 60_000);
});
