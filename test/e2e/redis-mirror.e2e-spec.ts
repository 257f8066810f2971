import fc from 'fast-check';
import { Redis } from 'ioredis';
import { Circuits } from '../../apps/server/src/common/resilience/circuits';
import type { MirrorChange } from '../../apps/server/src/mirror/mirror-store';
import { MirrorReplaced, MirrorStore } from '../../apps/server/src/mirror/mirror-store';
import { RedisConnections } from '../../apps/server/src/redis/redis-connections';
import { describeUnless } from '../support/lacking';
import { RedisServer, untilSo, withoutRedis } from '../support/redis-server';
import { unique } from '../support/remote-world';
import type { TestProject, TestSchema, World } from '../support/world';
import { aWorld } from '../support/world';

const quiet = { warn: () => undefined, info: () => undefined } as unknown as ConstructorParameters<
  typeof RedisConnections
>[2];

describeUnless(withoutRedis, 'the store of the mirror', () => {
  let redis: RedisServer;
  const writers: RedisConnections[] = [];
  const stores: MirrorStore[] = [];
  beforeAll(async () => {
    redis = await RedisServer.start();
    const settings = { redisUrl: redis.url, redisTlsCa: null, redisMirror: true };
    for (const nodeId of ['node-1', 'node-2', 'node-3'])
      writers.push(new RedisConnections({ ...settings, nodeId }, new Circuits(), quiet));
    writers.forEach((writer) => writer.onApplicationBootstrap());
    await untilSo(() => writers.every(({ mirror }) => mirror?.isWell));
    for (const { mirror } of writers) if (mirror) stores.push(new MirrorStore(mirror));
  });
  afterAll(async () => {
    writers.forEach((writer) => writer.onModuleDestroy());
    await redis.close();
  });

  /** Each key as it stood at each index, of which every fourth was a deletion. */
  const at = (projectId: string, key: string, index: number): MirrorChange => ({
    ...{ projectId, key, index },
    ...(index % 4 !== 0 && { value: { version: index, content: `{"at":${index}}` } }),
  });

  it('ends with the newest of each key, however three writers come through each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 40 })), { maxLength: 25 }),
          {
            minLength: 3,
            maxLength: 3,
          },
        ),
        async (histories) => {
          const projectId = unique('project');
          const { generation } = (await stores[0]?.claim('cluster', false)) ?? { generation: '' };
          const run = async (changes: readonly (readonly [string, number])[], writer: number): Promise<void> => {
            for (const [key, index] of changes) await stores[writer]?.write(generation, [at(projectId, key, index)]);
          };
          await Promise.all(histories.map(run));
          for (const key of ['a', 'b', 'c']) {
            const last = Math.max(0, ...histories.flat().flatMap(([of, index]) => (of === key ? [index] : [])));
            const found = await redis.client.hgetall(`cfg:${projectId}:${key}`);
            const { value } = at(projectId, key, last);
            expect(found).toEqual(value ? { version: String(last), index: String(last), content: value.content } : {});
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('takes nothing of an older generation, and can go back only in a new one', async () => {
    const [store, other] = stores;
    if (!store || !other) throw new Error('there are three');
    const old = await store.claim('cluster', false);
    await store.write(old.generation, [at('p', 'k', 9)]);
    const { generation, index } = await other.claim('cluster', true);
    expect(index).toBe(0);
    await expect(store.write(old.generation, [at('p', 'k', 11)])).rejects.toBeInstanceOf(MirrorReplaced);
    await expect(store.advance(old.generation, 11, () => true)).rejects.toBeInstanceOf(MirrorReplaced);
    expect(await other.write(generation, [at('p', 'k', 7)], true)).toBe(1);
    expect(await redis.client.hget('cfg:p:k', 'index')).toBe('7');
    await expect(other.advance(generation, 7, () => false)).rejects.toBeInstanceOf(MirrorReplaced);
  });
});

describeUnless(withoutRedis, 'the mirror of a node', () => {
  let redis: RedisServer;
  let world: World;
  let project: TestProject;
  let schema: TestSchema;
  beforeAll(async () => {
    redis = await RedisServer.start('--appendonly', 'yes');
    world = await aWorld({ REDIS_URL: redis.url, REDIS_MIRROR: 'true' });
    project = await world.aProject();
    schema = await world.aSchema();
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await redis.close();
  });

  const held = (key: string, projectId = project.id) => redis.client.hgetall(`cfg:${projectId}:${key}`);
  const change = async (key: string, expectedVersion: number, port: number): Promise<{ modIndex: number }> =>
    (
      await world
        .asAdmin('put', `/v1/projects/${project.id}/configs/${key}`)
        .send({ expectedVersion, content: { port } })
        .expect(200)
    ).body as { modIndex: number };
  const remove = (key: string) => world.asAdmin('delete', `/v1/projects/${project.id}/configs/${key}`).expect(204);
  const isWhole = async (): Promise<boolean> => {
    const { body } = await world.asAdmin('get', '/v1/cluster/mirror').expect(200);
    return body.index !== null && body.behindMs === 0;
  };

  it('holds what was created, changed and deleted, and tells of each', async () => {
    const notices: string[] = [];
    const subscriber = new Redis(redis.url);
    subscriber.on('message', (_: string, notice: string) => notices.push(notice));
    await subscriber.subscribe(`cfg:changes:${project.id}`);
    const { key, modIndex: first } = await world.aConfig(project, schema);
    await untilSo(async () => (await held(key))['index'] === String(first));
    expect(await held(key)).toEqual({ version: '1', index: String(first), content: '{"port":8080}' });
    const { modIndex: second } = await change(key, 1, 9090);
    await untilSo(async () => (await held(key))['version'] === '2');
    expect(await held(key)).toEqual({ version: '2', index: String(second), content: '{"port":9090}' });
    await remove(key);
    await untilSo(async () => Object.keys(await held(key)).length === 0);
    await untilSo(() => notices.length === 3);
    expect(notices.map((notice) => JSON.parse(notice) as unknown)).toEqual([
      { key, version: 1, index: first },
      { key, version: 2, index: second },
      { key, index: expect.any(Number), deleted: true },
    ]);
    subscriber.disconnect();
  });

  it('catches up on what happened while Redis was dead, deleted projects too', async () => {
    const other = await world.aProject();
    const [kept, gone, ofOther] = [
      await world.aConfig(project, schema),
      await world.aConfig(project, schema),
      await world.aConfig(other, schema),
    ];
    await untilSo(isWhole);
    expect(await held(ofOther.key, other.id)).toMatchObject({ version: '1' });
    await redis.kill();
    await change(kept.key, 1, 1);
    await change(kept.key, 2, 2);
    await remove(gone.key);
    await world.asAdmin('delete', `/v1/projects/${other.id}`).expect(204);
    const { text } = await world.http('get', '/metrics').expect(200);
    expect(text).toMatch(/^config_guardian_mirror_lag_seconds /m);
    await redis.start();
    await untilSo(isWhole);
    expect(await held(kept.key)).toMatchObject({ version: '3', content: '{"port":2}' });
    expect([await held(gone.key), await held(ofOther.key, other.id)]).toEqual([{}, {}]);
  });

  it('is written anew when Redis comes back empty', async () => {
    const { key } = await world.aConfig(project, schema);
    await untilSo(isWhole);
    await redis.client.flushall();
    await untilSo(async () => (await held(key))['version'] === '1');
  });

  it('is rebuilt on demand: what others wrote, removed and added in it goes', async () => {
    const [altered, removed] = [await world.aConfig(project, schema), await world.aConfig(project, schema)];
    await untilSo(async () => (await held(removed.key))['version'] === '1');
    await redis.client.hset(`cfg:${project.id}:${altered.key}`, 'content', '"wrong"');
    await redis.client.del(`cfg:${project.id}:${removed.key}`);
    await redis.client.hset(`cfg-fences:${project.id}`, 'stray', 1);
    await redis.client.hset(`cfg:${project.id}:stray`, 'content', '1');
    const { body } = await world.asAdmin('post', '/v1/cluster/mirror/rebuild').expect(200);
    expect(body).toMatchObject({ isOn: true, isWriting: true });
    await untilSo(async () => (await world.asAdmin('get', '/v1/cluster/mirror')).body.rebuilds > body.rebuilds);
    expect(await held(altered.key)).toMatchObject({ content: '{"port":8080}' });
    expect(await held(removed.key)).toMatchObject({ version: '1' });
    expect(await held('stray')).toEqual({});
  });

  it('is rebuilt though others made something else of its keys', async () => {
    const { key } = await world.aConfig(project, schema);
    await untilSo(async () => (await held(key))['version'] === '1');
    const mirror = async () => (await world.asAdmin('get', '/v1/cluster/mirror').expect(200)).body;
    const damages: readonly ((client: typeof redis.client) => Promise<unknown>)[] = [
      (client) => client.del(`cfg:${project.id}:${key}`).then(() => client.rpush(`cfg:${project.id}:${key}`, 'a')),
      (client) => client.set(`cfg-fences:${project.id}`, 'text'),
      (client) => client.set('cfg-projects', 'text'),
      (client) => client.hset('cfg-mirror', 'generation', 'xyz'),
      (client) => client.set('cfg-mirror', 'text'),
    ];
    for (const damage of damages) {
      await damage(redis.client);
      const { rebuilds } = await mirror();
      await world.asAdmin('post', '/v1/cluster/mirror/rebuild').expect(200);
      await untilSo(async () => (await mirror()).rebuilds > rebuilds);
      expect(await held(key)).toMatchObject({ version: '1' });
    }
    await untilSo(isWhole);
  }, 60_000);

  it('leaves the mirror of another cluster alone, until it is told to take its place', async () => {
    await redis.client.hset('cfg-mirror', 'cluster', 'another');
    await redis.kill();
    await redis.start();
    const mirror = async () => (await world.asAdmin('get', '/v1/cluster/mirror').expect(200)).body;
    await untilSo(async () => (await mirror()).foreignClusterId === 'another');
    const { key } = await world.aConfig(project, schema);
    expect(await held(key)).toEqual({});
    await world.asAdmin('post', '/v1/cluster/mirror/rebuild').expect(200);
    await untilSo(async () => (await held(key))['version'] === '1');
    expect((await mirror()).foreignClusterId).toBeNull();
  });
});
