import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { describeUnless } from '../support/lacking';
import type { RedisServer } from '../support/redis-server';
import { untilSo, withoutRedis } from '../support/redis-server';
import type { ConfigPlace } from './clients/config-client';
import { writeMoreThanTheLogKeeps } from './clients/more-than-the-log-keeps';
import { RetryingReader } from './clients/retrying-reader';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace, Workload } from './clients/workload';
import { configsOf, mirroredOf, mirrorIsWhole } from './mirror/mirror-contents';
import { MirrorObserver } from './mirror/mirror-observer';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withRedis } from './processes/with-redis';

const mirror = { REDIS_MIRROR: 'true' };
const seed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
/** `CLUSTER_KILLS` is for a shorter run. */
const kills = Math.min(10, Number(process.env.CLUSTER_KILLS ?? 10));
const pauseMs = 3_000;
const patienceMs = 150_000;

const shuffledUrls = (cluster: ClusterOfProcesses, chance: Chance) => (): readonly string[] =>
  chance.shuffled(cluster.nodes.map(({ url }) => url));

/** The mirror is whole, and holds of these projects exactly what the API has. */
async function expectEqual(cluster: ClusterOfProcesses, redis: RedisServer, ...ids: readonly string[]): Promise<void> {
  await mirrorIsWhole(cluster);
  for (const id of ids) expect(await mirroredOf(redis.client, id)).toEqual(await configsOf(cluster, id));
}

async function observed(redis: RedisServer, ...places: readonly ConfigPlace[]): Promise<readonly MirrorObserver[]> {
  const observers = places.map(({ projectId, keys }) => new MirrorObserver(redis, projectId, keys));
  for (const observer of observers) await observer.start();
  return observers;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describeUnless(withoutRedis, 'the mirror of three nodes', () => {
  it(
    `never goes back while ${kills} leaders are killed or hung, and holds in the end what the nodes hold`,
    () =>
      withRedis({ variables: mirror }, async (cluster, redis) => {
        const chance = new Chance(seed);
        const own = await aPlace(cluster.admin, 'own', ['own-1', 'own-2', 'own-3', 'own-4']);
        const shared = await aPlace(cluster.admin, 'shared', ['shared-1', 'shared-2']);
        const observers = await observed(redis, own, shared);
        const urls = shuffledUrls(cluster, chance);
        const writers = await startedWriters(cluster.admin, own, urls, { paceMs: 2 });
        const targets = (): readonly ClusterNode[] => cluster.running;
        // They create, delete, roll back and create again.
        const workload = new Workload(shared, targets, cluster.admin, chance, 3);
        workload.start();
        const leaders = new Set<string>();
        for (let kill = 0; kill < kills; kill += 1) {
          await wait(chance.between(200, 1_500));
          const leader = await cluster.leader();
          leaders.add(`${leader.id} ${(await cluster.status(leader))?.term}`);
          // One that hangs wakes up with changes that it had on the way, and finds another leading.
          if (kill % 3 === 2) leader.pause();
          else await leader.kill();
          await Promise.all(writers.map((writer) => writer.next()));
          if (leader.isPaused) await wait(pauseMs);
          await cluster.heal();
          await cluster.caughtUp([leader]);
        }
        expect(await verifiedWriters(writers)).toEqual([]);
        expect((await workload.stop()).failures).toEqual([]);
        await cluster.converged();
        await expectEqual(cluster, redis, own.projectId, shared.projectId);
        expect(await Promise.all(observers.map((observer) => observer.stop()))).toEqual([[], []]);
        const values = sum(observers.map((observer) => observer.values));
        const notices = sum(observers.map((observer) => observer.notices));
        const acknowledged = sum(writers.map((writer) => writer.acknowledged));
        console.log(
          `seed ${seed}: ${leaders.size} leaders, ${acknowledged} writes to own keys; ${values} values read from Redis and ${notices} notices heard, none went back`,
        );
        expect(leaders.size).toBeGreaterThan(kills / 2);
        expect(notices).toBeGreaterThan(10 * kills);
        expect(values).toBeGreaterThan(notices);
      }),
    300_000,
  );

  it(
    'is right when the next leader has its state from a snapshot, deletions that it never saw included',
    () =>
      withRedis({ isKept: true, variables: mirror }, async (cluster, redis) => {
        const { admin } = cluster;
        const { projectId, schemaId } = await aPlace(admin, 'kept', []);
        const gone = await aPlace(admin, 'gone', []);
        const configs = `/v1/projects/${projectId}/configs`;
        const create = (key: string, project = projectId): Promise<unknown> =>
          admin.do('POST', `/v1/projects/${project}/configs`, { key, schemaId, content: { at: 'first' } });
        for (const key of ['same', 'large', 'changed', 'deleted', 'recreated']) await create(key);
        await create('gone', gone.projectId);
        await expectEqual(cluster, redis, projectId, gone.projectId);

        const [late] = (await cluster.followers()) as [ClusterNode];
        await late.kill();
        // Whoever writes it next knows nothing of what the leader before had on its way.
        await redis.kill();
        const version = await writeMoreThanTheLogKeeps(admin, { projectId }, 'large', 1);
        await admin.do('PUT', `${configs}/changed`, { content: { at: 'second' }, expectedVersion: 1 });
        for (const key of ['deleted', 'recreated']) await admin.do('DELETE', `${configs}/${key}`);
        for (const key of ['recreated', 'new']) await create(key);
        await admin.do('DELETE', `/v1/projects/${gone.projectId}`);

        await late.start();
        await cluster.converged(cluster.nodes, patienceMs);
        await cluster.logged(late, 'the state was replaced by a snapshot of the leader');
        await admin.do('POST', '/v1/cluster/leader/transfer', { to: late.id });
        await cluster.eventually(`${late.id} leads`, async () => (await cluster.leaderNow()) === late || undefined);
        await redis.start();
        await expectEqual(cluster, redis, projectId);
        expect(Object.keys(await mirroredOf(redis.client, projectId)).sort()).toEqual(
          ['changed', 'large', 'new', 'recreated', 'same'].sort(),
        );
        expect(await mirroredOf(redis.client, gone.projectId)).toEqual({});
        // It went on from where the mirror stood: no rebuild, and of the keys only those that changed since.
        const reply = await admin.send(late.url, 'GET', '/v1/cluster/mirror');
        expect(reply).toMatchObject({ body: { isWriting: true, rebuilds: 0, writtenChanges: 6 } });

        await admin.do('PUT', `${configs}/large`, { content: { at: 'last' }, expectedVersion: version });
        await expectEqual(cluster, redis, projectId);
      }),
    420_000,
  );

  it('comes back by itself when Redis was lost or hung, which no request feels, and is rebuilt by a follower that is told to', () => {
    const limits = { RATE_LIMIT_ADMIN: '1000000', RATE_LIMIT_READ: '1000000' };
    // Nobody but Redis may disturb them, however busy the machine is.
    return withRedis({ variables: { ...mirror, ...limits, ELECTION_MS: '4000' } }, async (cluster, redis) => {
      const place = await aPlace(cluster.admin, 'undisturbed', ['one', 'two', 'three', 'four']);
      const urls = shuffledUrls(cluster, new Chance(seed));
      const [observer] = await observed(redis, place);
      const writers = await startedWriters(cluster.admin, place, urls, { paceMs: 10, requestMs: 5_000 });
      const readers = writers.map((writer) => new RetryingReader('linearizable', place, writer, urls));
      for (const reader of readers) reader.start();
      const goOn = async (): Promise<void> => {
        await Promise.all([...writers, ...readers].map((client) => client.next()));
      };
      for (let round = 0; round < 3; round += 1) {
        await redis.client.set('kept', 'no');
        await redis.kill();
        await wait(1_500);
        await goOn();
        await redis.start();
        expect(await redis.client.exists('kept')).toBe(0);
        await mirrorIsWhole(cluster);
        redis.pause();
        await wait(pauseMs);
        await goOn();
        redis.resume();
        await mirrorIsWhole(cluster);
      }
      expect(await observer?.stop()).toEqual([]);

      // While they write on: somebody has meddled, and a node that does not lead is told to put it right.
      await redis.client.hset(`cfg:${place.projectId}:stray`, 'content', '1');
      await redis.client.hset(`cfg-fences:${place.projectId}`, 'stray', '999999999', 'one', '999999999');
      const [follower] = (await cluster.followers()) as [ClusterNode];
      await cluster.admin.send(follower.url, 'POST', '/v1/cluster/mirror/rebuild');
      await untilSo(async () => {
        const reply = await cluster.admin.send(follower.url, 'GET', '/v1/cluster/mirror');
        return reply.type === 'answer' && reply.body['rebuilds'] === 1;
      });
      await goOn();
      await Promise.all(readers.map((reader) => reader.stop()));
      expect(await verifiedWriters(writers)).toEqual([]);
      await expectEqual(cluster, redis, place.projectId);

      const clients = [...writers, ...readers];
      expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
      const done = sum([...writers.map((one) => one.acknowledged), ...readers.map((one) => one.answered)]);
      const slowestMs = Math.max(...clients.map((one) => one.slowestMs));
      console.log(
        `${done} requests while Redis was killed and hung 3 times: none had to be repeated, the slowest took ${Math.round(slowestMs)} ms; ${observer?.values} values read from it`,
      );
      expect(sum(clients.map(({ attempts }) => attempts))).toBe(done);
      expect(done).toBeGreaterThan(500);
    });
  }, 300_000);
});
