import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';
import { refusedConnections } from './processes/refused-connections';

const authority = anAuthority('the cluster');
const host = '127.0.0.1';

/** A certificate with its key, as a node is given it; `ca` is whom it trusts. */
function certified({ issue } = authority): Readonly<Record<string, string>> {
  const { cert, key } = issue(host);
  return { RAFT_TLS_CERT: cert, RAFT_TLS_KEY: key, RAFT_TLS_CA: authority.ca };
}

describe('nodes that show each other certificates', () => {
  it(
    'form a cluster, take in who has one, and nobody who has none or one of somebody else',
    () =>
      withCluster({ size: 3, variablesOf: () => certified() }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'certified', ['one', 'two']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.nodes.map(({ url }) => url));
        await (await cluster.leader()).kill();
        await cluster.heal();
        await cluster.leader();
        const fourth = await cluster.join('node-4');
        await fourth.start();

        const members = cluster.nodes;
        const tlsRefusals = async (): Promise<number> => {
          const counts = await Promise.all(members.map((node) => refusedConnections(node)));
          return counts.reduce((sum, { tls = 0 }) => sum + tls, 0);
        };
        const strangers: readonly (readonly [string, Readonly<Record<string, string | undefined>>])[] = [
          ['node-5', { RAFT_TLS_CERT: undefined, RAFT_TLS_KEY: undefined, RAFT_TLS_CA: undefined }],
          ['node-6', certified(anAuthority('somebody else'))],
        ];
        for (const [id, variables] of strangers) {
          const before = await tlsRefusals();
          const stranger: ClusterNode = await cluster.join(id);
          // It knows the cluster secret, as all of them do.
          await stranger.spawn(variables);
          await cluster.eventually(`${id} is not taken in`, () =>
            stranger.log.includes('not taken in yet') ? true : undefined,
          );
          await cluster.eventually(`${id} is counted`, async () => ((await tlsRefusals()) > before ? true : undefined));
          expect(await stranger.isReady()).toBe(false);
          await stranger.kill();
        }
        const status = await cluster.admin.do('GET', '/v1/cluster');
        const ids = (status['members'] as { id: string }[]).map(({ id }) => id).sort();
        expect(ids).toEqual(['node-1', 'node-2', 'node-3', 'node-4']);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(members);
      }),
    240_000,
  );
});
