import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from '../sim/chance';
import { fastDirectory } from '../support/postgres-directory';
import { unboundedStaleness, unconfirmedReads, writePlanted } from './builds/planted';
import { aPlace, Workload } from './clients/workload';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';

const seed = Number(process.env.CLUSTER_SEED ?? Date.now() % 1_000_000);
/** An election time-out and more: another node leads before the old leader knows. */
const cutMs = 2_500;
const clients = 12;

/** What is wrong with what clients saw while the leader was cut off from the others. */
async function wrongAroundACut(cluster: ClusterOfProcesses, round: number): Promise<readonly string[]> {
  const place = await aPlace(cluster.admin, `cut ${round}`, ['alpha', 'beta']);
  const chance = new Chance(seed + round);
  const workload = new Workload(place, () => cluster.nodes, cluster.admin, chance, clients);
  const leader = await cluster.leader();
  workload.start();
  await wait(500);
  cluster.links.partition([leader.id]);
  await wait(cutMs);
  cluster.links.healAll();
  await cluster.leader();
  const { failures } = await workload.stop();
  return failures;
}

describe('a leader that is cut off', () => {
  let directory: string;
  beforeAll(() => void (directory = mkdtempSync(join(fastDirectory(), 'config-guardian-builds-'))));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['serves reads without the round that confirms them', unconfirmedReads, 'not linearizable'],
    ['does not look at maxStaleness', unboundedStaleness, 'older than'],
  ])(
    'is caught by the checker in a build that %s',
    (_what, plant, wanted) => {
      const entry = writePlanted(directory, plant);
      return withCluster({ size: 3, entryOf: () => entry }, async (cluster) => {
        let found: string | undefined;
        let rounds = 0;
        // Such a build also refuses writes for what it does not know yet: that is no proof of the checker.
        while (found === undefined && rounds < 15) {
          const wrong = await wrongAroundACut(cluster, (rounds += 1));
          found = wrong.find((failure) => failure.includes(wanted));
        }
        console.log(`seed ${seed}, ${plant.name}: caught in round ${rounds}\n${found ?? 'nothing'}`);
        expect(found).toBeDefined();
      });
    },
    420_000,
  );

  it(
    'answers no read wrongly in this build',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        for (let round = 1; round <= 3; round += 1) expect(await wrongAroundACut(cluster, round)).toEqual([]);
      }),
    240_000,
  );
});
