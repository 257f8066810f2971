import { randomBytes } from 'node:crypto';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';

/** More than the log keeps: 64 MiB. */
const updates = 90;
const contentBytes = 900 * 1024;
const patienceMs = 150_000;

const replaced = 'the state was replaced by a snapshot of the leader';

async function aProject(cluster: ClusterOfProcesses): Promise<string> {
  const schema = await cluster.admin.do('POST', '/v1/schemas', { name: 'anything', content: {} });
  const project = await cluster.admin.do('POST', '/v1/projects', { name: 'large' });
  const configs = `/v1/projects/${String(project['id'])}/configs`;
  await cluster.admin.do('POST', configs, { key: 'large', schemaId: schema['id'], content: '' });
  return configs;
}

async function writeMoreThanTheLogKeeps(cluster: ClusterOfProcesses, configs: string, from: number): Promise<number> {
  for (let version = from; version < from + updates; version++) {
    const content = randomBytes(contentBytes / 2).toString('hex');
    await cluster.admin.do('PUT', `${configs}/large`, { content, expectedVersion: version });
  }
  return from + updates;
}

async function revisionsAt(cluster: ClusterOfProcesses, node: ClusterNode, configs: string): Promise<number> {
  const reply = await cluster.admin.send(node.url, 'GET', `${configs}/large/revisions/${updates}`);
  if (reply.type !== 'answer') throw new Error('no answer');
  return Number(reply.body['version']);
}

it(
  'a member that missed what the log has let go, and one that joins, are brought up by a snapshot',
  () =>
    withCluster({ size: 3, variables: { LOG_LEVEL: 'info' } }, async (cluster) => {
      const configs = await aProject(cluster);
      const [late] = (await cluster.followers()) as [ClusterNode];
      await late.kill();
      const version = await writeMoreThanTheLogKeeps(cluster, configs, 1);
      await late.start();
      await cluster.converged(cluster.nodes, patienceMs);
      await cluster.logged(late, replaced);
      expect(await revisionsAt(cluster, late, configs)).toBe(updates);

      const fourth = await cluster.join('node-4');
      await fourth.start();
      await cluster.converged(cluster.nodes, patienceMs);
      await cluster.logged(fourth, replaced);
      expect(await revisionsAt(cluster, fourth, configs)).toBe(updates);

      // What came by a snapshot goes on by the log, and survives a crash.
      await cluster.admin.do('PUT', `${configs}/large`, { content: 'small', expectedVersion: version });
      for (const node of [late, fourth]) {
        await node.kill();
        await node.start();
      }
      await cluster.converged();
      const reply = await cluster.admin.send(fourth.url, 'GET', `${configs}/large`);
      expect(reply).toMatchObject({ status: 200, body: { content: 'small' } });
    }),
  420_000,
);
