import { writeMoreThanTheLogKeeps } from './clients/more-than-the-log-keeps';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';

const patienceMs = 150_000;

const replaced = 'the state was replaced by a snapshot of the leader';

async function storedRevision(
  cluster: ClusterOfProcesses,
  node: ClusterNode,
  config: string,
  version: number,
): Promise<number> {
  const reply = await cluster.admin.send(node.url, 'GET', `${config}/revisions/${version}`);
  if (reply.type !== 'answer') throw new Error('no answer');
  return Number(reply.body['version']);
}

it(
  'a member that missed what the log has let go, and one that joins, are brought up by a snapshot',
  () =>
    withCluster({ size: 3, variables: { LOG_LEVEL: 'info' } }, async (cluster) => {
      const place = await aPlace(cluster.admin, 'snapshots', ['large']);
      const configs = `/v1/projects/${place.projectId}/configs`;
      await cluster.admin.do('POST', configs, { key: 'large', schemaId: place.schemaId, content: {} });
      const [late] = (await cluster.followers()) as [ClusterNode];
      await late.kill();
      const version = await writeMoreThanTheLogKeeps(cluster.admin, place, 'large', 1);
      // Which waits until it is ready: then it has what was written while it was away.
      await late.start();
      const own = await cluster.admin.send(late.url, 'GET', `${configs}/large?consistency=local`);
      expect(own).toMatchObject({ status: 200, body: { version } });
      await cluster.converged(cluster.nodes, patienceMs);
      await cluster.logged(late, replaced);
      expect(await storedRevision(cluster, late, `${configs}/large`, version - 1)).toBe(version - 1);

      const fourth = await cluster.join('node-4');
      await fourth.start();
      await cluster.converged(cluster.nodes, patienceMs);
      await cluster.logged(fourth, replaced);
      expect(await storedRevision(cluster, fourth, `${configs}/large`, version - 1)).toBe(version - 1);

      // What came by a snapshot goes on by the log, and survives a crash.
      await cluster.admin.do('PUT', `${configs}/large`, { content: { n: 1 }, expectedVersion: version });
      for (const node of [late, fourth]) {
        await node.kill();
        await node.start();
      }
      await cluster.converged();
      const reply = await cluster.admin.send(fourth.url, 'GET', `${configs}/large`);
      expect(reply).toMatchObject({ status: 200, body: { content: { n: 1 } } });
    }),
  420_000,
);
