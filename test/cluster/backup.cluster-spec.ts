import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import { storedRows } from './processes/stored-rows';

/** Indexes of the restored cluster go on so far behind the backup's. */
const skipped = 1_000_000_000;

interface Taken {
  readonly bytes: Buffer;
  readonly index: number;
  readonly stateHash: string;
}

interface Restored {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function backupOf({ admin }: ClusterOfProcesses, node: ClusterNode): Promise<Taken> {
  const answer = await fetch(`${node.url}/v1/cluster/backup`, { headers: admin.authorization });
  expect(answer.status).toBe(200);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const told = (name: string): string => answer.headers.get(name) ?? '';
  return { bytes, index: Number(told('x-config-index')), stateHash: told('x-state-hash') };
}

async function restoreOn({ admin }: ClusterOfProcesses, node: ClusterNode, bytes: Buffer): Promise<Restored> {
  const answer = await fetch(`${node.url}/v1/cluster/restore`, {
    method: 'POST',
    headers: { ...admin.authorization, 'content-type': 'application/gzip' },
    body: new Uint8Array(bytes),
  });
  return { status: answer.status, body: (await answer.json()) as Restored['body'] };
}

async function contentsOf(cluster: ClusterOfProcesses, projectId: string): Promise<unknown> {
  const { items } = await cluster.admin.do('GET', `/v1/projects/${projectId}/configs?limit=200`);
  return items;
}

describe('a backup of three nodes', () => {
  it(
    'is taken from a follower under load, refused by a cluster that has members or data, and becomes a new cluster that grows',
    () =>
      withCluster({ size: 3 }, async (source) => {
        const place = await aPlace(source.admin, 'kept', ['one', 'two']);
        const writers = await startedWriters(source.admin, place, () => source.nodes.map(({ url }) => url));
        const [follower] = (await source.followers()) as [ClusterNode];
        await Promise.all(writers.map((writer) => writer.next()));
        await backupOf(source, follower);
        expect(await verifiedWriters(writers)).toEqual([]);
        const [status] = await source.converged();
        const backup = await backupOf(source, follower);
        expect(backup).toMatchObject({ index: status?.appliedIndex, stateHash: status?.stateHash });
        const before = await contentsOf(source, place.projectId);
        for (const node of source.nodes) {
          const refused = await restoreOn(source, node, backup.bytes);
          expect(refused).toMatchObject({ status: 409, body: { code: 'cluster-not-empty' } });
        }
        expect(await contentsOf(source, place.projectId)).toEqual(before);

        await withCluster({ size: 1 }, async (target) => {
          const [first] = target.nodes as [ClusterNode];
          const restored = await restoreOn(target, first, backup.bytes);
          expect(restored).toMatchObject({
            status: 200,
            body: { index: backup.index + skipped, stateHash: backup.stateHash },
          });
          expect(restored.body['clusterId']).not.toBe(status?.clusterId);
          await first.untilReady();
          await target.admin.logIn();
          expect(await contentsOf(target, place.projectId)).toEqual(before);

          for (const id of ['node-2', 'node-3']) await (await target.join(id)).start();
          const again = await startedWriters(target.admin, { ...place, keys: ['three', 'four'] }, () =>
            target.nodes.map(({ url }) => url),
          );
          await Promise.all(again.map((writer) => writer.next()));
          expect(await verifiedWriters(again)).toEqual([]);
          await target.converged();
          const [rows, ...others] = await Promise.all(target.nodes.map((node) => storedRows(node)));
          for (const other of others) expect(other).toEqual(rows);
        });
      }),
    240_000,
  );

  it(
    'is not restored into a cluster of several nodes, empty as it may be',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const { bytes } = await backupOf(cluster, await cluster.leader());
        const refused = await restoreOn(cluster, await cluster.leader(), bytes);
        expect(refused).toMatchObject({ status: 409, body: { code: 'cluster-not-empty' } });
        expect(String(refused.body['detail'])).toContain('3 members');
      }),
    120_000,
  );
});
