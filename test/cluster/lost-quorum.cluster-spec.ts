import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { replyText } from './clients/request';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterStatus } from './processes/cluster-status';

/** The operator's command, with the environment of the node. */
async function recover(node: ClusterNode): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('npm', ['run', '--silent', 'recover', '--', '--yes'], { env: await node.environment() });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a lost quorum', () => {
  it(
    'is given up by an explicit command on the node that is left, and the cluster grows again from it',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'quorum', ['one', 'two']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.running.map(({ url }) => url));
        await Promise.all(writers.map((writer) => writer.next()));
        await Promise.all(writers.map((writer) => writer.pause()));
        await cluster.converged();
        const [kept, ...lost] = cluster.nodes as [ClusterNode, ...ClusterNode[]];
        for (const node of lost) {
          await node.kill();
          await node.wipe();
        }
        const reply = await cluster.admin.send(kept.url, 'GET', '/v1/projects', { timeoutMs: 15_000 });
        expect(reply.type === 'answer' ? reply.status : replyText(reply)).toBe(503);
        await kept.kill();
        const { code, output } = await recover(kept);
        expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/lost/i) });
        await kept.start();
        const { members } = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
        expect(members.map(({ id, role }) => [id, role])).toEqual([[kept.id, 'voter']]);
        for (const writer of writers) writer.start();
        for (const id of ['node-4', 'node-5']) await (await cluster.join(id)).start();
        await cluster.eventually('three vote', async () => {
          const status = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
          return status.members.filter(({ role }) => role === 'voter').length === 3 ? true : undefined;
        });
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(cluster.running);
      }),
    240_000,
  );
});
