import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { EventStream } from '../support/event-stream';
import { FollowingWatcher } from './clients/following-watcher';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';

const seed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
/** `CLUSTER_KILLS` is for a shorter run. */
const faults = Number(process.env.CLUSTER_KILLS ?? 20);
const clients = 100;
const cutMs = 3_000;

/** The leader is killed and comes back, or is cut off for longer than an election takes. */
async function strikeLeader(cluster: ClusterOfProcesses, cuts: boolean): Promise<void> {
  const leader = await cluster.leader();
  if (cuts) {
    cluster.links.partition([leader.id]);
    await wait(cutMs);
    return cluster.links.healAll();
  }
  await leader.kill();
  await cluster.leader();
  await leader.start();
}

const sum = <Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number =>
  all.reduce((total, one) => total + one[key], 0);

it(
  `${clients} clients that watch three nodes miss nothing and hear nothing twice while ${faults} leaders are killed or cut off`,
  () =>
    withCluster({ size: 3 }, async (cluster) => {
      const chance = new Chance(seed);
      const place = await aPlace(cluster.admin, 'watched', ['one', 'two', 'three', 'four']);
      const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
      const watchers = Array.from({ length: clients }, (_, n) => new FollowingWatcher(place, urls, n));
      for (const watcher of watchers) watcher.start();
      const writers = await startedWriters(cluster.admin, place, urls, { paceMs: 10 });
      for (let fault = 0; fault < faults; fault += 1) {
        await Promise.all(writers.map((writer) => writer.next()));
        await strikeLeader(cluster, chance.below(3) === 0);
        await wait(chance.below(500));
      }
      await Promise.all(writers.map((writer) => writer.next()));
      expect(await verifiedWriters(writers)).toEqual([]);
      const last = place.keys.map((key, n) => `${key} ${(writers[n]?.acknowledged ?? 0) + 1}`);
      for (const watcher of watchers)
        await cluster.eventually(
          () => `a client was told all: ${JSON.stringify([...watcher.versions])} of ${last.join(', ')}`,
          () => {
            watcher.look();
            return place.keys.every((key, n) => `${key} ${watcher.versions.get(key)}` === last[n]) || undefined;
          },
        );
      await Promise.all(watchers.map((watcher) => watcher.stop()));
      expect(watchers.flatMap(({ failures }) => failures)).toEqual([]);
      const [changes, reconnects, resyncs] = [
        sum(watchers, 'changes'),
        sum(watchers, 'reconnects'),
        sum(watchers, 'resyncs'),
      ];
      console.log(
        `seed ${seed}: ${faults} faults, ${sum(writers, 'acknowledged')} writes; ${clients} clients were told ${changes} changes, came back ${reconnects} times, ${resyncs} resyncs`,
      );
      expect(reconnects).toBeGreaterThan(faults);
    }),
  900_000,
);

it(
  'a node that has started again resyncs whoever comes from before, and ends its streams when it stops',
  () =>
    withCluster({ size: 3 }, async (cluster) => {
      const place = await aPlace(cluster.admin, 'restarted', ['app']);
      const configs = `/v1/projects/${place.projectId}/configs`;
      const body = { key: 'app', schemaId: place.schemaId, content: { n: 1 } };
      const created = await cluster.admin.do('POST', configs, body);
      const [node, other] = (await cluster.followers()) as [ClusterNode, ClusterNode];
      const before = String(Number(created['modIndex']) - 1);
      const watch = (url: string, lastEventId?: string) =>
        EventStream.open(`${url}/v1/watch/${place.apiKey}`, lastEventId === undefined ? {} : { lastEventId });
      const stream = await watch(node.url, before);
      expect(await stream.first(1)).toMatchObject([{ event: 'change', data: { key: 'app', version: 1 } }]);
      const began = performance.now();
      await node.stop();
      await stream.ended();
      console.log(`a node with a stream stopped within ${Math.round(performance.now() - began)} ms`);
      expect(node.exitCode).toBe(0);
      expect(node.log).not.toContain('requests did not end within');
      await cluster.admin.do('PUT', `${configs}/app`, { content: { n: 2 }, expectedVersion: 1 });
      await node.start();
      const [resynced, resumed] = [await watch(node.url, before), await watch(other.url, before)];
      expect(await resynced.first(1)).toMatchObject([
        { event: 'resync', data: { items: [{ key: 'app', version: 2, content: { n: 2 } }] } },
      ]);
      expect(await resumed.first(2)).toMatchObject([{ data: { version: 1 } }, { data: { version: 2 } }]);
      for (const each of [resynced, resumed]) each.close();
    }),
  300_000,
);
