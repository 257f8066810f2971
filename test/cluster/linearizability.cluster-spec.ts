import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { aPlace, Workload } from './clients/workload';
import { Nemesis } from './nemesis/nemesis';
import type { Fault } from './nemesis/schedule';
import { everyFault, faultsOfOne, schedule, strikeText } from './nemesis/schedule';
import { withCluster } from './processes/cluster-of-processes';
import { storedRows } from './processes/stored-rows';

/** `CLUSTER_SEED` repeats the schedule and the choices of a run (not the machine's timing). */
const firstSeed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
/** Processes beside each node that answer the clients' reads. */
const readWorkers = process.env.CLUSTER_READ_WORKERS ?? '0';
const clients = Number(process.env.CLUSTER_CLIENTS ?? 10);
const keys = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
/** From this length on a run has faults of every kind. */
const wholeMs = 60_000;
const least = { writes: 200, reads: 200 };

interface Run {
  readonly size: number;
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** Shorter for five nodes and more often for three, unless the variables say otherwise. */
const lengthOf = (size: number): number => Number(process.env.CLUSTER_SECONDS ?? (size === 5 ? 15 : 30));
const runsOf = (size: number): number => Number(process.env.CLUSTER_RUNS ?? (size === 3 ? 3 : 1));

async function run({ size, seed, faults }: Run): Promise<void> {
  const lengthMs = lengthOf(size) * 1_000;
  // A server that comes back in the middle of its work, or one that is out of reach for a while.
  const databases = seed % 2 === 0 ? 'own' : 'linked';
  const strikes = schedule(seed, { nodes: size, lengthMs, faults });
  await withCluster(
    { size, databases, variables: { REQUEST_TIMEOUT: '5s', READ_WORKERS: readWorkers } },
    async (cluster) => {
      const place = await aPlace(cluster.admin, `linearizability ${seed}`, keys);
      const workload = new Workload(place, () => cluster.nodes, cluster.admin, new Chance(seed).fork(), clients);
      const nemesis = new Nemesis(cluster);
      workload.start();
      const began = performance.now();
      await nemesis.run(strikes);
      await wait(Math.max(0, lengthMs - (performance.now() - began)));
      await cluster.heal();
      await cluster.leader();
      // What needs a leader may have found none in time, on a slow machine: its turn comes while the clients go on.
      for (const strike of nemesis.missed(strikes)) {
        await nemesis.run([{ ...strike, atMs: 0 }]);
        await cluster.heal();
        await cluster.leader();
      }
      // On a slow machine a history of the wanted length takes longer than the faults.
      await cluster.eventually('enough has been written and read', () =>
        workload.counts.writes >= least.writes && workload.counts.reads >= least.reads ? true : undefined,
      );
      const report = await workload.stop();
      await cluster.converged();
      const rows = await Promise.all(cluster.nodes.map((node) => storedRows(node)));
      const { failures, ...counts } = report;
      const struck = [...nemesis.struck].map(([fault, count]) => `${count} ${fault}`).join(', ');
      console.log(
        `${size} nodes, seed ${seed}, ${lengthMs / 1000} s, ${readWorkers} read workers: ${JSON.stringify(counts)}; ${struck}; ${failures.length} violations`,
      );
      const wrong = [...failures, ...nemesis.faults];
      if (wrong.length > 0)
        throw new Error(
          `CLUSTER_SEED=${seed}\n${strikes.map(strikeText).join('\n')}\n${wrong.slice(0, 10).join('\n\n')}`,
        );
      for (const other of rows.slice(1)) expect(other).toEqual(rows[0]);
      expect(counts.writes).toBeGreaterThanOrEqual(least.writes);
      expect(counts.reads).toBeGreaterThanOrEqual(least.reads);
      // What a schedule holds must have been done; kinds that did not fit into a short run are another seed's.
      const scheduled = new Set(strikes.map(({ fault }) => fault));
      expect(new Set(nemesis.struck.keys())).toEqual(scheduled);
      if (lengthMs >= wholeMs) expect(scheduled).toEqual(new Set(faults));
      if (size > 1) expect(counts.ownWritesRead).toBeGreaterThan(0);
    },
  );
}

/** `CLUSTER_SIZES=1` is for a server that cannot be more than one node yet. */
const sizes = (process.env.CLUSTER_SIZES ?? '1,3,5').split(',').map(Number);

describe.each(sizes)('the history of clients of %i nodes under faults', (size) => {
  const faults = size === 1 ? faultsOfOne : everyFault;
  const seeds = Array.from({ length: runsOf(size) }, (_, n) => firstSeed + n);

  it.each(seeds)(
    'is linearizable, and all nodes end up with the same rows (seed %i)',
    (seed) => run({ size, seed, faults }),
    (lengthOf(size) + 240) * 1_000,
  );
});
