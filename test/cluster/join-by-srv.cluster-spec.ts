import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import { SrvServer } from './names/srv-server';
import { withCluster } from './processes/cluster-of-processes';

const name = '_raft._tcp.config.test';

describe('a node that joins by SRV records', () => {
  let names: SrvServer;
  beforeAll(async () => void (names = await SrvServer.open()));
  afterAll(() => names.close());

  it(
    'asks for them until some of them lead to a member',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'names', ['one', 'two']);
        const writers = await startedWriters(cluster.admin, place, () => cluster.nodes.map(({ url }) => url));
        const { NODE_OPTIONS } = cluster.links.variablesOf('node-4');
        const fourth = await cluster.add('node-4', {
          ...{ CLUSTER_JOIN: `srv:${name}`, LOG_LEVEL: 'info' },
          ...names.variables(NODE_OPTIONS),
        });
        await fourth.spawn();
        await cluster.eventually('it says that there are no records', () =>
          new RegExp(`not taken in yet: srv:${name}`).test(fourth.log) ? true : undefined,
        );
        expect(await fourth.isReady()).toBe(false);

        const leader = await cluster.leader();
        const targets = [{ name: 'localhost', port: 1 }, ...cluster.nodes.slice(0, 3).map(targetOf)];
        names.set(name, targets);
        await fourth.untilReady();
        await cluster.eventually('it votes', async () => {
          const members = (await cluster.status(leader))?.members ?? [];
          return members.some(({ id, role }) => id === 'node-4' && role === 'voter') ? true : undefined;
        });
        expect(names.asked.filter((asked) => asked === name).length).toBeGreaterThan(1);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
      }),
    180_000,
  );
});

const targetOf = ({ raftAddress }: { readonly raftAddress: string }): { name: string; port: number } => ({
  name: 'localhost',
  port: Number(raftAddress.slice(raftAddress.lastIndexOf(':') + 1)),
});
