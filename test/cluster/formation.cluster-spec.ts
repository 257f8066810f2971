import type { Administrator } from './clients/administrator';
import { codeOf, replyText } from './clients/request';
import type { Answer } from './clients/request';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import type { ClusterStatus } from './processes/cluster-status';

async function ask(
  admin: Administrator,
  node: ClusterNode,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const reply = await admin.send(node.url, method, path, { body, timeoutMs: 15_000 });
  if (reply.type !== 'answer') throw new Error(`${node.id}: ${method} ${path}: ${replyText(reply)}`);
  return reply;
}

/** A write on each node, and everything that was written on each. */
async function writesAndReads(cluster: ClusterOfProcesses, round: string, names: string[]): Promise<void> {
  for (const node of cluster.running) {
    const name = `${round} on ${node.id}`;
    expect(await ask(cluster.admin, node, 'POST', '/v1/projects', { name })).toMatchObject({ status: 201 });
    names.push(name);
  }
  for (const node of cluster.running) {
    const { body } = await ask(cluster.admin, node, 'GET', '/v1/projects?limit=200');
    const found = (body['items'] as { name: string }[]).map((project) => project.name);
    expect({ at: node.id, found: found.sort() }).toEqual({ at: node.id, found: [...names].sort() });
  }
}

const membersAt = async (cluster: ClusterOfProcesses, node: ClusterNode): Promise<readonly string[]> => {
  const { members } = (await ask(cluster.admin, node, 'GET', '/v1/cluster')).body as unknown as ClusterStatus;
  return members.map(({ id, role }) => `${id} ${role}`).sort();
};

it(
  'three nodes form a cluster, outlive their leader, take a fourth in and let one go',
  () =>
    withCluster({ size: 3 }, async (cluster) => {
      const names: string[] = [];
      const [one] = cluster.nodes as [ClusterNode];
      expect(await membersAt(cluster, one)).toEqual(['node-1 voter', 'node-2 voter', 'node-3 voter']);
      await writesAndReads(cluster, 'first', names);

      const leader = await cluster.leader();
      await leader.kill();
      await cluster.eventually('another leads', async () =>
        ((await cluster.leaderNow()) ?? leader) === leader ? undefined : true,
      );
      await writesAndReads(cluster, 'second', names);
      await leader.start();
      await writesAndReads(cluster, 'third', names);

      const fourth = await cluster.join('node-4');
      await fourth.start();
      await cluster.eventually('the fourth votes', async () =>
        (await membersAt(cluster, fourth)).includes('node-4 voter') ? true : undefined,
      );
      await writesAndReads(cluster, 'fourth', names);

      const [gone] = (await cluster.followers()) as [ClusterNode];
      const answer = await ask(cluster.admin, fourth, 'DELETE', `/v1/cluster/members/${gone.id}`);
      expect((answer.body['members'] as { id: string }[]).map(({ id }) => id)).not.toContain(gone.id);
      const refused = await cluster.eventually(`${gone.id} serves no more`, async () => {
        const reply = await cluster.admin.send(gone.url, 'GET', '/v1/projects?consistency=local');
        return reply.type === 'answer' && reply.status === 503 ? reply : undefined;
      });
      expect(codeOf(refused)).toBe('not-ready');
      expect(await gone.isReady()).toBe(false);
      await gone.stop();
      await writesAndReads(cluster, 'last', names);
      await cluster.converged(cluster.nodes.filter((node) => node !== gone));
    }),
  240_000,
);

it(
  'a node that was never told of its peers can be taken in by an administrator, and leadership goes where it is asked to',
  () =>
    withCluster({ size: 1 }, async (cluster) => {
      const [one] = cluster.nodes as [ClusterNode];
      // Its way in leads nowhere, so it waits.
      const second = await cluster.add('node-2', { CLUSTER_JOIN: '127.0.0.1:1' });
      await second.spawn();
      await cluster.eventually('it says what it waits for', async () => {
        const reply = await cluster.admin.send(second.url, 'GET', '/ready');
        return reply.type === 'answer' && /waiting to be taken|not taken in yet/.test(JSON.stringify(reply.body))
          ? true
          : undefined;
      });
      expect((await ask(cluster.admin, second, 'GET', '/health')).status).toBe(200);
      expect((await ask(cluster.admin, second, 'GET', '/v1/projects')).status).toBe(503);
      const dto = { id: 'node-2', raftAddress: second.raftAddress, apiAddress: second.url };
      const wrong = await ask(cluster.admin, one, 'POST', '/v1/cluster/members', { ...dto, id: 'node-3' });
      expect([wrong.status, codeOf(wrong)]).toEqual([409, 'node-not-joinable']);
      expect((await ask(cluster.admin, one, 'POST', '/v1/cluster/members', dto)).status).toBe(200);
      await second.untilReady();
      expect((await ask(cluster.admin, one, 'POST', '/v1/cluster/members', dto)).status).toBe(200);
      await cluster.eventually('it votes', async () =>
        (await membersAt(cluster, second)).includes('node-2 voter') ? true : undefined,
      );
      const moved = await ask(cluster.admin, one, 'POST', '/v1/cluster/leader/transfer', { to: 'node-2' });
      expect(moved).toMatchObject({ status: 200, body: { leaderId: 'node-2' } });
      await writesAndReads(cluster, 'both', []);
      // The leader itself can be removed: the other goes on.
      const removed = await ask(cluster.admin, second, 'DELETE', '/v1/cluster/members/node-2');
      expect(removed.status).toBe(200);
      expect(await membersAt(cluster, one)).toEqual(['node-1 voter']);
      const last = await ask(cluster.admin, one, 'DELETE', '/v1/cluster/members/node-1');
      expect([last.status, codeOf(last)]).toEqual([409, 'last-voter']);
    }),
  240_000,
);
