import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import { withCluster } from './processes/cluster-of-processes';
import { refusedConnections } from './processes/refused-connections';

const [old, fresh] = ['the first secret of this cluster', 'the secret that comes after it'];

/** Everybody accepts the new one before anybody dials with it, and dials with it before the old one is refused. */
const steps = [`${old},${fresh}`, `${fresh},${old}`, fresh];

describe('the cluster secret', () => {
  it(
    'is changed node by node while the cluster serves, and the old one is good for nothing afterwards',
    () =>
      withCluster({ size: 3, variables: { CLUSTER_SECRET: old } }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'secrets', ['one', 'two', 'three']);
        const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
        const writers = await startedWriters(cluster.admin, place, urls, { patienceMs: 10_000 });
        for (const secrets of steps) {
          for (const node of cluster.nodes) {
            await Promise.all(writers.map((writer) => writer.next()));
            await node.stop();
            await node.start({ CLUSTER_SECRET: secrets });
            await cluster.caughtUp(cluster.nodes);
          }
          // The secrets of access tokens follow from it: a token of the last step is good through the next one.
          await cluster.admin.logIn();
        }
        await Promise.all(writers.map((writer) => writer.next()));
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        const refused = await Promise.all(cluster.nodes.map((node) => refusedConnections(node)));
        expect(refused.map(({ secret = 0 }) => secret)).toEqual([0, 0, 0]);

        const late = await cluster.join('node-4');
        await late.spawn();
        await cluster.eventually('it is told why it is not taken in', () =>
          late.log.includes('it may know another cluster secret') ? true : undefined,
        );
        await cluster.eventually('its attempts are counted', async () => {
          const counts = await Promise.all(cluster.nodes.slice(0, 3).map((node) => refusedConnections(node)));
          return counts.every(({ secret = 0 }) => secret > 0) ? true : undefined;
        });
        expect(await late.isReady()).toBe(false);
        const { members } = await cluster.admin.do('GET', '/v1/cluster');
        expect(members).toHaveLength(3);
      }),
    300_000,
  );
});
