import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import type { RetryingWriter } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import { storedRows } from './processes/stored-rows';

const seed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
/** `CLUSTER_KILLS` is for a shorter run. */
const kills = { timed: Number(process.env.CLUSTER_KILLS ?? 20), loaded: Number(process.env.CLUSTER_KILLS ?? 30) };
const worstMs = 2_500;
const medianMs = 1_500;
const enoughForMedian = 20;

/** Kills the leader and answers how long it took until a write called after the kill was acknowledged. */
async function failover(cluster: ClusterOfProcesses, writer: RetryingWriter): Promise<number> {
  const leader = await cluster.leader();
  await writer.next();
  const began = performance.now();
  await leader.kill();
  await writer.next();
  const tookMs = writer.acknowledgedAt - began;
  await leader.start();
  await cluster.caughtUp([leader]);
  return tookMs;
}

describe('the leader of three nodes, killed', () => {
  it(
    `is replaced so that writes are accepted within ${worstMs} ms, and ${medianMs} ms in the median of ${kills.timed}`,
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'failover', ['timed']);
        const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
        const writers = await startedWriters(cluster.admin, place, urls, { paceMs: 2, requestMs: 500 });
        const times: number[] = [];
        while (times.length < kills.timed) times.push(await failover(cluster, writers[0] as RetryingWriter));
        expect(await verifiedWriters(writers)).toEqual([]);
        const sorted = times.map(Math.round).sort((a, b) => a - b);
        const median = sorted[sorted.length >> 1] as number;
        console.log(
          `${kills.timed} leader kills: median ${median} ms, worst ${sorted.at(-1)} ms (${sorted.join(', ')})`,
        );
        expect(sorted.at(-1)).toBeLessThanOrEqual(worstMs);
        // Time-outs are drawn at random: a quarter of the elections takes longer, so the median of a handful says nothing.
        if (times.length >= enoughForMedian) expect(median).toBeLessThanOrEqual(medianMs);
      }),
    600_000,
  );

  it(
    `takes no acknowledged write with it, ${kills.loaded} times under load`,
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const chance = new Chance(seed);
        const keys = Array.from({ length: 8 }, (_, n) => `loaded-${n}`);
        const place = await aPlace(cluster.admin, 'loaded', keys);
        const urls = (): readonly string[] => chance.shuffled(cluster.nodes.map(({ url }) => url));
        const writers = await startedWriters(cluster.admin, place, urls);
        for (let kill = 0; kill < kills.loaded; kill += 1) {
          await wait(chance.below(500));
          const leader = await cluster.leader();
          await leader.kill();
          await Promise.all(writers.map((writer) => writer.next()));
          await leader.start();
        }
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        const [first, ...others] = await Promise.all(cluster.nodes.map((node) => storedRows(node)));
        for (const other of others) expect(other).toEqual(first);
        const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
        console.log(`seed ${seed}: ${kills.loaded} leader kills, ${acknowledged} writes acknowledged, 0 lost, 0 twice`);
        expect(acknowledged).toBeGreaterThan(kills.loaded * 8);
      }),
    900_000,
  );
});
