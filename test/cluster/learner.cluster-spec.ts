import { setTimeout as wait } from 'node:timers/promises';
import { FollowingWatcher } from './clients/following-watcher';
import { RetryingReader } from './clients/retrying-reader';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterStatus } from './processes/cluster-status';

/** A joined node that is to vote does so within a second of having caught up. */
const calmMs = 5_000;

async function aLearner(cluster: ClusterOfProcesses): Promise<ClusterNode> {
  const CLUSTER_JOIN = cluster.running.map(({ raftAddress }) => raftAddress).join();
  return cluster.add('node-4', { CLUSTER_JOIN, CLUSTER_ROLE: 'learner', LOG_LEVEL: 'info' });
}

async function rolesIn(cluster: ClusterOfProcesses): Promise<Readonly<Record<string, string>>> {
  const { members } = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
  return Object.fromEntries(members.map(({ id, role }) => [id, role]).sort());
}

const withLearner = { 'node-1': 'voter', 'node-2': 'voter', 'node-3': 'voter', 'node-4': 'learner' };

describe('a node that joins as a learner', () => {
  it(
    'serves reads and watches, takes writes, does not vote by itself, and votes when an administrator wants it',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'learner', ['one', 'two']);
        const formed = cluster.nodes.map(({ url }) => url);
        const writers = await startedWriters(cluster.admin, place, () => formed, { paceMs: 5 });
        const learner = await aLearner(cluster);
        await learner.start();
        const atLearner = () => [learner.url];
        const readers = writers.flatMap((writer) =>
          (['linearizable', 'own index'] as const).map((kind) => new RetryingReader(kind, place, writer, atLearner)),
        );
        const watcher = new FollowingWatcher(place, atLearner, 0);
        for (const client of [...readers, watcher]) client.start();
        await Promise.all([...readers, ...writers].map((client) => client.next()));
        await wait(calmMs);
        expect(await rolesIn(cluster)).toEqual(withLearner);
        expect(await cluster.status(learner)).toMatchObject({ role: 'learner' });
        await Promise.all([...readers, ...writers].map((client) => client.next()));
        await Promise.all(readers.map((reader) => reader.stop()));
        expect(readers.flatMap(({ failures }) => failures)).toEqual([]);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.eventually('the watcher was told all', () => {
          watcher.look();
          return writers.every(({ key, acknowledged }) => watcher.versions.get(key) === acknowledged + 1) || undefined;
        });
        await watcher.stop();
        expect(watcher.failures).toEqual([]);
        const written = await cluster.admin.send(learner.url, 'POST', '/v1/projects', {
          body: { name: 'at a learner' },
        });
        expect(written).toMatchObject({ status: 201 });
        await cluster.converged();
        await cluster.admin.do('POST', '/v1/cluster/members/node-4/promote');
        expect(await rolesIn(cluster)).toEqual({ ...withLearner, 'node-4': 'voter' });
        // What it was started with was looked at when it joined.
        await learner.stop();
        await learner.start();
        await wait(calmMs);
        expect(await rolesIn(cluster)).toEqual({ ...withLearner, 'node-4': 'voter' });
        await cluster.converged();
      }),
    240_000,
  );

  it(
    'does not count: with it and one of three voters gone the others go on, and it comes back as what it was',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'counted', ['one']);
        const learner = await aLearner(cluster);
        await learner.start();
        expect(await rolesIn(cluster)).toEqual(withLearner);
        const writers = await startedWriters(cluster.admin, place, () => cluster.running.map(({ url }) => url));
        await learner.kill();
        const killed = await cluster.leader();
        await killed.kill();
        // Two of four would be no majority.
        await Promise.all(writers.map((writer) => writer.next()));
        expect(await rolesIn(cluster)).toEqual(withLearner);
        await Promise.all([learner, killed].map((node) => node.start()));
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        expect(await rolesIn(cluster)).toEqual(withLearner);
        // A learner is no stand-in: with it alive and one voter of three nothing is decided.
        const [kept, ...lost] = cluster.nodes.filter((node) => node !== learner) as [ClusterNode, ...ClusterNode[]];
        await Promise.all(lost.map((node) => node.kill()));
        await cluster.eventually('no leader is left', async () =>
          (await cluster.status(learner))?.leaderId === null ? true : undefined,
        );
        await wait(calmMs);
        const statuses = await cluster.statuses([kept, learner]);
        expect(statuses.filter(({ role }) => role === 'leader')).toEqual([]);
        const read = await fetch(`${learner.url}/v1/read/${place.apiKey}/one?consistency=local`);
        expect(read.status).toBe(200);
        await Promise.all(lost.map((node) => node.start()));
        await cluster.converged();
        await cluster.admin.do('DELETE', '/v1/cluster/members/node-4');
        expect(Object.keys(await rolesIn(cluster))).toEqual(['node-1', 'node-2', 'node-3']);
      }),
    240_000,
  );
});
