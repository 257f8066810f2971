import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { EventStream } from '../support/event-stream';
import { Administrator } from './clients/administrator';
import { ComingAndGoing } from './clients/coming-and-going';
import { FollowingWatcher } from './clients/following-watcher';
import { writeMoreThanTheLogKeeps } from './clients/more-than-the-log-keeps';
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
/** `CLUSTER_READ_WORKERS` has the streams go through so many further processes of each node. */
const variables = { READ_WORKERS: process.env.CLUSTER_READ_WORKERS ?? '0' };

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
    withCluster({ size: 3, variables }, async (cluster) => {
      const chance = new Chance(seed);
      const place = await aPlace(cluster.admin, 'watched', ['one', 'two', 'three', 'four']);
      const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
      const guest = new ComingAndGoing(cluster.admin, place, 'guest');
      // Every fourth asked for some of the configs.
      const some = ['one', 'three', guest.key];
      const watchers = Array.from(
        { length: clients },
        (_, n) => new FollowingWatcher(place, urls, n, n % 4 === 0 ? some : []),
      );
      for (const watcher of watchers) watcher.start();
      const writers = await startedWriters(cluster.admin, place, urls, { paceMs: 10 });
      guest.start();
      for (let fault = 0; fault < faults; fault += 1) {
        await Promise.all(writers.map((writer) => writer.next()));
        await strikeLeader(cluster, chance.below(3) === 0);
        await wait(chance.below(500));
      }
      await Promise.all(writers.map((writer) => writer.next()));
      expect(await verifiedWriters(writers)).toEqual([]);
      await guest.stop();
      expect(guest.failures).toEqual([]);
      const last = new Map(place.keys.map((key, n) => [key, (writers[n]?.acknowledged ?? 0) + 1]));
      last.set(guest.key, guest.version);
      for (const watcher of watchers)
        await cluster.eventually(
          () => `a client was told all: ${JSON.stringify([...watcher.versions])} of ${JSON.stringify([...last])}`,
          () => {
            watcher.look();
            return (
              watcher.wanted([...last.keys()]).every((key) => watcher.versions.get(key) === last.get(key)) || undefined
            );
          },
        );
      await Promise.all(watchers.map((watcher) => watcher.stop()));
      expect(watchers.flatMap(({ failures }) => failures)).toEqual([]);
      const [changes, reconnects, resyncs] = [
        sum(watchers, 'changes'),
        sum(watchers, 'reconnects'),
        sum(watchers, 'resyncs'),
      ];
      const versions = (keys: readonly string[]): number =>
        keys.reduce((total, key) => total + (last.get(key) ?? 0), 0);
      const due = watchers.reduce((total, watcher) => total + versions(watcher.wanted([...last.keys()])), 0);
      console.log(
        `seed ${seed}: ${faults} faults, ${sum(writers, 'acknowledged')} writes, ${guest.version} times made or deleted; ${clients} clients were told ${changes} of ${due} changes, came back ${reconnects} times, ${resyncs} resyncs`,
      );
      expect(reconnects).toBeGreaterThan(faults);
      // A resync stands for changes; if each return began with one, nothing would have been shown.
      expect(changes).toBeGreaterThan(0.9 * due);
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

it(
  'a stream at a member that a snapshot brings up to date is resynced and goes on, others hear of nothing',
  () =>
    withCluster({ size: 3, variables: { ...variables, LOG_LEVEL: 'info' } }, async (cluster) => {
      const place = await aPlace(cluster.admin, 'watched', ['app']);
      const app = `/v1/projects/${place.projectId}/configs/app`;
      const body = { key: 'app', schemaId: place.schemaId, content: { n: 1 } };
      await cluster.admin.do('POST', `/v1/projects/${place.projectId}/configs`, body);
      const [late, other] = (await cluster.followers()) as [ClusterNode, ClusterNode];
      // The one that is cut off would let each write wait.
      const admin = new Administrator(() => cluster.nodes.filter((node) => node !== late).map(({ url }) => url));
      await admin.logIn();
      const update = (version: number) =>
        admin.do('PUT', app, { content: { n: version + 1 }, expectedVersion: version });
      const [atLate, atOther] = [late, other].map(({ url }) => new FollowingWatcher(place, () => [url], 0)) as [
        FollowingWatcher,
        FollowingWatcher,
      ];
      const told = (watcher: FollowingWatcher, version: number) =>
        cluster.eventually(`version ${version} was told`, () => {
          watcher.look();
          return watcher.versions.get('app') === version || undefined;
        });
      for (const watcher of [atLate, atOther]) watcher.start();
      for (const watcher of [atLate, atOther]) await told(watcher, 1);
      cluster.links.partition([late.id]);
      await update(1);
      const large = await aPlace(admin, 'large', ['large']);
      const largeBody = { key: 'large', schemaId: large.schemaId, content: {} };
      await admin.do('POST', `/v1/projects/${large.projectId}/configs`, largeBody);
      await writeMoreThanTheLogKeeps(admin, large, 'large', 1);
      await update(2);
      cluster.links.healAll();
      await cluster.logged(late, 'the state was replaced by a snapshot of the leader');
      await told(atLate, 3);
      await update(3);
      for (const watcher of [atLate, atOther]) await told(watcher, 4);
      await Promise.all([atLate, atOther].map((watcher) => watcher.stop()));
      expect([...atLate.failures, ...atOther.failures]).toEqual([]);
      // Each began with one.
      expect([atLate.resyncs, atOther.resyncs]).toEqual([2, 1]);
      expect(atOther.changes).toBe(3);
      // The snapshot may have been taken just before the third.
      expect([1, 2]).toContain(atLate.changes);
      expect([atLate.reconnects, atOther.reconnects]).toEqual([0, 0]);
    }),
  300_000,
);
