import 'reflect-metadata';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../apps/server/src/database/embedded-postgres/embedded-postgres';
import { Pick } from '../properties/pick';
import { ApiClient } from '../support/api-client';
import { ConfigWriter } from '../support/config-writer';
import { EmbeddedServer } from '../support/embedded-server';
import { Replay } from '../support/log-copy';
import { NodeProcess } from '../support/node-process';
import { openedDataSource } from '../support/persisted-node';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { databaseRows, stateRows } from '../support/state-rows';
import { adminPassword } from '../support/world';

/** `DURABILITY_SEED` repeats the choices of a run (not the machine's timing), `DURABILITY_ROUNDS` lengthens it. */
const seed = Number(process.env.DURABILITY_SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.DURABILITY_ROUNDS ?? 28);

/** Each round ends one of these with kill -9. */
const victims = ['node and database', 'node', 'postmaster', 'backend'] as const;
type Victim = (typeof victims)[number];

describe('kill -9 at random moments under write load', () => {
  const pick = new Pick(seed);
  const directory = temporaryDirectory();
  const replay = new Replay();
  let dataDir: string;
  let node: NodeProcess;
  let server: EmbeddedServer;
  let client: ApiClient;
  let writers: readonly ConfigWriter[];

  beforeAll(async () => {
    dataDir = join(directory.path, 'data');
    node = await NodeProcess.on(dataDir, {
      ADMIN_PASSWORD: adminPassword,
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'warn',
    });
    await node.start();
    server = new EmbeddedServer(dataDir);
    client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask('POST', '/v1/projects', { name: 'durable' });
    const schema = await client.ask('POST', '/v1/schemas', { name: 'numbers', content: { type: 'object' } });
    const configs = `/v1/projects/${String(project['id'])}/configs`;
    writers = Array.from(
      { length: 8 },
      (_, n) => new ConfigWriter(client, configs, `writer-${n}`, { expectsVersion: n % 2 === 0 }),
    );
    for (const writer of writers) await writer.create(String(schema['id']));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.abandon()));
    await node.stop();
    directory.remove();
  }, 60_000);

  const signal = (processId: number): void => void process.kill(processId, 'SIGKILL');

  async function strike(victim: Victim): Promise<void> {
    const postmaster = server.processId;
    if (victim === 'backend') signal(pick.of(await server.backends()));
    else if (victim === 'postmaster') signal(postmaster);
    else if (victim === 'node') await node.kill();
    else {
      signal(postmaster);
      await node.kill();
    }
    if (victim.startsWith('node')) return node.start();
    await wait(pick.below(100));
    await eventually('the node is ready again', async () => ((await node.isReady()) ? true : undefined));
  }

  /** What the database holds is what the log gives, replayed from its first entry. */
  async function compareWithReplay(): Promise<void> {
    await replay.catchUp(dataDir);
    const [meta] = await server.query('SELECT applied_index, row_hash, audit_head_hash FROM raft_meta');
    const stored = Replay.text(meta?.['row_hash'], meta?.['audit_head_hash']);
    expect(stored).toBe(replay.hashAt(Number(meta?.['applied_index'])));
  }

  it('loses no acknowledged write, does none twice, and comes back to the same state without a hand', async () => {
    const struck = new Map<Victim, number>();
    let slowest = 0;
    for (let round = 0; round < rounds; round += 1) {
      const victim = victims[round % victims.length] as Victim;
      for (const writer of writers) writer.start();
      await wait(150 + pick.below(500));
      const began = performance.now();
      await strike(victim);
      slowest = Math.max(slowest, performance.now() - began);
      struck.set(victim, (struck.get(victim) ?? 0) + 1);
      await Promise.all(writers.map((writer) => writer.pause()));
      const wrong = (await Promise.all(writers.map((writer) => writer.verify()))).flat();
      expect({ round, victim, seed, wrong }).toEqual({ round, victim, seed, wrong: [] });
      await compareWithReplay();
    }
    const verified = await client.ask('GET', '/v1/audit/verify');
    expect(verified).toMatchObject({ valid: true, headHash: replay.machine.position.auditHead.hash });
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    const unanswered = writers.reduce((sum, writer) => sum + (writer.answers.get('none') ?? 0), 0);
    console.log(
      `seed ${seed}: ${rounds} rounds (${[...struck].map(([victim, count]) => `${count} ${victim}`).join(', ')}), ${acknowledged} writes acknowledged, 0 lost, 0 twice, ` +
        `${unanswered} requests without an answer and repeated, slowest return ${Math.round(slowest)} ms, ${replay.machine.position.index} entries replayed`,
    );
    expect(acknowledged).toBeGreaterThan(rounds * 5);
    expect(unanswered).toBeGreaterThan(rounds / 4);
  }, 900_000);

  it('has in PostgreSQL the very rows of a replay from scratch, once it is stopped', async () => {
    await node.stop();
    const scratch = new Replay();
    await scratch.catchUp(dataDir);
    const postgres = await startEmbeddedPostgres({ dataDirectory: join(dataDir, 'postgres'), log: () => undefined });
    const dataSource = await openedDataSource(postgres.connectionUrl);
    const [meta] = await dataSource.query<{ applied_index: string }[]>('SELECT applied_index FROM raft_meta');
    expect(Number(meta?.applied_index)).toBe(scratch.machine.position.index);
    expect(await databaseRows(dataSource)).toEqual(stateRows(scratch.machine));
    await dataSource.destroy();
    await postgres.stop();
  }, 120_000);

  it('gives a repeated request its first outcome after a kill -9, an acceptance and a refusal', async () => {
    await node.start();
    await client.logIn();
    const once = (key: string) => ({ 'idempotency-key': key });
    const create = () => client.send('POST', '/v1/projects', { name: 'only once' }, once('accepted'));
    const taken = () => client.send('POST', '/v1/projects', { name: 'durable' }, once('refused'));
    const firsts = [await create(), await taken()];
    expect(firsts.map(({ status }) => status)).toEqual([201, 409]);
    const durable = await client.ask<{ items: { id: string; name: string }[] }>('GET', '/v1/projects?q=durable');
    await client.ask('DELETE', `/v1/projects/${durable.items[0]?.id}`);
    signal(server.processId);
    await node.kill();
    await node.start();
    const again = [await create(), await taken()];
    expect(again.map(({ status }) => status)).toEqual([201, 409]);
    // All but the key, which is shown once; and the name that was taken then is free by now.
    const { apiKey: _shownOnce, ...project } = firsts[0]?.body ?? {};
    expect(again[0]?.body).toEqual(project);
    expect(again[1]?.body['code']).toBe('name-taken');
    const { items } = await client.ask<{ items: object[] }>('GET', '/v1/projects?q=once');
    expect(items).toHaveLength(1);
    await compareWithReplay();
  }, 60_000);
});
