import { writeNextRelease } from './builds/next-release';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';

/** How many updates were recorded in each version of the command, by index order: `config.update@1` first or not. */
async function updatesOf(node: ClusterNode): Promise<readonly { command: string; index: number; summary: string }[]> {
  const rows = await node.query(
    `SELECT command, index, summary FROM audit_records WHERE command LIKE 'config.update@%' AND outcome = 'applied' ORDER BY index`,
  );
  return rows.map(({ command, index, summary }) => ({
    command: String(command),
    index: Number(index),
    summary: String(summary),
  }));
}

async function clusterVersion(cluster: ClusterOfProcesses, node: ClusterNode): Promise<unknown> {
  const reply = await cluster.admin.send(node.url, 'GET', '/v1/cluster?consistency=local');
  return reply.type === 'answer' ? reply.body['clusterVersion'] : undefined;
}

describe('three nodes, upgraded one by one to a build with a new command version', () => {
  it(
    'use it when the last of them has been, fail no operation, and let no old build back in',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const next = writeNextRelease(cluster.directory);
        const place = await aPlace(cluster.admin, 'upgrade', ['one', 'two', 'three', 'four']);
        const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
        const writers = await startedWriters(cluster.admin, place, urls, { patienceMs: 10_000 });
        for (const node of cluster.nodes) {
          await Promise.all(writers.map((writer) => writer.next()));
          expect(await clusterVersion(cluster, node)).toBe(1);
          await node.stop();
          expect(node.exitCode).toBe(0);
          node.runs(next);
          await node.start();
          await cluster.leader();
        }
        await cluster.eventually('the cluster version is raised', async () => {
          const versions = await Promise.all(cluster.nodes.map((node) => clusterVersion(cluster, node)));
          return versions.every((version) => version === 2) ? true : undefined;
        });
        await Promise.all(writers.map((writer) => writer.next()));
        await Promise.all(writers.map((writer) => writer.next()));
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();

        const [first] = cluster.nodes as [ClusterNode];
        const updates = await updatesOf(first);
        const [raised] = await first.query(`SELECT index FROM audit_records WHERE command = 'cluster.raise-version@1'`);
        const old = updates.filter(({ command }) => command === 'config.update@1');
        const upgraded = updates.filter(({ command }) => command === 'config.update@2');
        console.log(
          `raised at index ${String(raised?.['index'])}: ${old.length} updates in version 1, ${upgraded.length} in version 2, 0 failed`,
        );
        expect(old.length).toBeGreaterThan(100);
        expect(upgraded.length).toBeGreaterThan(10);
        expect(Math.min(...upgraded.map(({ index }) => index))).toBeGreaterThan(Number(raised?.['index']));
        expect(upgraded[0]?.summary).toContain('as of cluster version 2');

        await expectOldBuildRefused(cluster);
      }),
    600_000,
  );
});

/** A member that goes back, and an old build that wants to join. */
async function expectOldBuildRefused(cluster: ClusterOfProcesses): Promise<void> {
  const [back] = await cluster.followers();
  if (!back) throw new Error('there is no follower');
  await back.stop();
  back.runs(undefined);
  await back.spawn();
  await cluster.eventually(`${back.id} ends`, () => !back.isRunning || undefined);
  expect(back.exitCode).toBe(1);
  await cluster.logged(back, /the cluster runs at cluster version 2, this build \(0\.1\.0\) understands up to 1/);

  const joining = await cluster.join('node-4');
  await joining.spawn();
  await cluster.eventually('the old build is told why it is not taken in', () =>
    joining.log.includes('understands cluster version 1; the cluster runs at 2') ? true : undefined,
  );
  expect(await joining.isReady()).toBe(false);
}
