import { setTimeout as wait } from 'node:timers/promises';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import { storedRows } from './processes/stored-rows';

/** A leader waits 2 s for its database; the rest is for finding an heir and for a busy machine. */
const handOverMs = 6_000;
/** Long enough for leadership to move again, if it wanted to. */
const calmMs = 3_000;

const outages = {
  away: {
    begin: (node: ClusterNode) => node.databaseLink.close(),
    end: (node: ClusterNode) => node.databaseLink.open(),
  },
  hung: {
    begin: (node: ClusterNode) => Promise.resolve(node.databaseLink.pause()),
    end: (node: ClusterNode) => Promise.resolve(node.databaseLink.resume()),
  },
} as const;

async function termOf(cluster: ClusterOfProcesses): Promise<number> {
  return Math.max(...(await cluster.statuses()).map(({ term }) => term));
}

async function sameRows(cluster: ClusterOfProcesses): Promise<void> {
  await cluster.converged();
  const [first, ...others] = await Promise.all(cluster.nodes.map((node) => storedRows(node)));
  for (const other of others) expect(other).toEqual(first);
}

describe('a leader whose database takes nothing any more', () => {
  it.each(['away', 'hung'] as const)(
    'hands leadership over once, and the writes of all go on (a database that is %s)',
    (kind) =>
      withCluster({ size: 3, databases: 'linked' }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'database away', ['one', 'two']);
        const leader = await cluster.leader();
        const others = cluster.nodes.filter((node) => node !== leader);
        const writers = await startedWriters(cluster.admin, place, () => others.map(({ url }) => url));
        await Promise.all(writers.map((writer) => writer.next()));
        const before = await termOf(cluster);
        const began = performance.now();
        await outages[kind].begin(leader);
        const heir = await cluster.eventually(
          'another leads',
          async () => {
            const now = await cluster.leaderNow();
            return now === leader ? undefined : now;
          },
          handOverMs,
        );
        const tookMs = performance.now() - began;
        await Promise.all(writers.map((writer) => writer.next()));
        await wait(calmMs);
        expect(await cluster.leaderNow()).toBe(heir);
        expect(await termOf(cluster)).toBe(before + 1);
        await cluster.logged(leader, `has taken nothing for`);
        await cluster.logged(leader, `leadership goes to ${heir.id}`);
        await outages[kind].end(leader);
        expect(await verifiedWriters(writers)).toEqual([]);
        const slowest = Math.max(...writers.map(({ slowestMs }) => slowestMs));
        console.log(
          `database ${kind}: another led after ${Math.round(tookMs)} ms, slowest write ${Math.round(slowest)} ms`,
        );
        await sameRows(cluster);
      }),
    120_000,
  );

  it(
    'keeps it when no other voter is better off',
    () =>
      withCluster({ size: 3, databases: 'linked' }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'databases away', ['one']);
        const leader = await cluster.leader();
        const writers = await startedWriters(cluster.admin, place, () => cluster.nodes.map(({ url }) => url));
        const before = await termOf(cluster);
        await Promise.all(cluster.nodes.map((node) => outages.away.begin(node)));
        await cluster.logged(leader, 'no other voter is known to be better off');
        await wait(calmMs);
        // What fits into memory is still decided by the log alone.
        await Promise.all(writers.map((writer) => writer.next()));
        expect(await cluster.leaderNow()).toBe(leader);
        expect(await termOf(cluster)).toBe(before);
        await Promise.all(cluster.nodes.map((node) => outages.away.end(node)));
        expect(await verifiedWriters(writers)).toEqual([]);
        await sameRows(cluster);
      }),
    120_000,
  );

  it(
    'ends in time when it is stopped meanwhile',
    () =>
      withCluster({ size: 3, databases: 'linked' }, async (cluster) => {
        const leader = await cluster.leader();
        const place = await aPlace(cluster.admin, 'stopped', ['one']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.nodes.map(({ url }) => url));
        await outages.hung.begin(leader);
        await Promise.all(writers.map((writer) => writer.next()));
        const began = performance.now();
        await leader.stop();
        expect(leader.exitCode).toBe(0);
        expect(performance.now() - began).toBeLessThan(10_000);
        await outages.hung.end(leader);
        await leader.start();
        expect(await verifiedWriters(writers)).toEqual([]);
        await sameRows(cluster);
      }),
    120_000,
  );
});
