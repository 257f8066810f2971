import { randomBytes } from 'node:crypto';
import { describeUnless } from '../support/lacking';
import { untilSo, withoutRedis } from '../support/redis-server';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withRedis } from './processes/with-redis';

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describeUnless(withoutRedis, 'the limits of three nodes', () => {
  const requests = 200;
  const slice = requests / 20;
  const each = requests + 50;

  /** How many of `each` requests with one API key each node let pass. Any answer but yes and no is an error. */
  async function passed(cluster: ClusterOfProcesses): Promise<readonly number[]> {
    const { apiKey } = await aPlace(cluster.admin, randomBytes(6).toString('hex'), []);
    return Promise.all(
      cluster.nodes.map(async ({ url }) => {
        let [asked, count] = [0, 0];
        const ask = async (): Promise<void> => {
          for (; asked < each;) {
            asked += 1;
            const reply = await cluster.admin.send(url, 'GET', '/v1/read', { headers: { 'x-api-key': apiKey } });
            const status = reply.type === 'answer' ? reply.status : reply.type;
            expect([200, 429]).toContain(status);
            if (status === 200) count += 1;
          }
        };
        await Promise.all(Array.from({ length: 8 }, ask));
        return count;
      }),
    );
  }

  /** Calls of Redis that were not answered in time, of all nodes. */
  async function unanswered(cluster: ClusterOfProcesses): Promise<number> {
    const texts = await Promise.all(cluster.nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const lines = texts.flatMap((text) => [
      ...text.matchAll(
        /^config_guardian_outside_calls_total\{to="redis",use="limits",outcome="(?!ok)[a-z-]+"\} (\d+)$/gm,
      ),
    ]);
    expect(lines.length).toBeGreaterThan(0);
    return sum(lines.map(([, count]) => Number(count)));
  }

  /** Let through together, while Redis answered all of it in time. */
  async function passedTogether(cluster: ClusterOfProcesses): Promise<number> {
    return cluster.eventually('Redis answers all calls in time', async () => {
      const before = await unanswered(cluster);
      const found = await passed(cluster);
      return (await unanswered(cluster)) === before ? sum(found) : undefined;
    });
  }

  const areWell = async (cluster: ClusterOfProcesses): Promise<void> => {
    await untilSo(async () => {
      const all = await Promise.all(cluster.nodes.map(async ({ url }) => (await fetch(`${url}/ready`)).json()));
      return (all as { checks: { redis: { status: string } } }[]).every(({ checks }) => checks.redis.status === 'ok');
    });
  };

  const told = ({ log }: ClusterNode, text: string): number => log.split(text).length - 1;

  it('are those of one while Redis answers, and of each alone, with a warning, while it is dead or hangs', () => {
    const limits = { RATE_LIMIT_READ: String(requests), RATE_LIMIT_ADMIN: '1000000' };
    // One of them has its reads answered by processes of their own.
    const variablesOf = (id: string): Record<string, string> => (id === 'node-3' ? { READ_WORKERS: '2' } : {});
    return withRedis({ variables: limits, variablesOf }, async (cluster, redis) => {
      await areWell(cluster);
      const together: number[] = [];
      const expectShared = async (): Promise<void> => {
        const count = await passedTogether(cluster);
        together.push(count);
        expect(count).toBeGreaterThanOrEqual(requests);
        expect(count).toBeLessThanOrEqual(requests + cluster.nodes.length * slice);
      };
      await expectShared();

      await redis.kill();
      expect(await passed(cluster)).toEqual(cluster.nodes.map(() => requests));
      for (const node of cluster.nodes) expect(await node.isReady()).toBe(true);
      for (const node of cluster.nodes) await cluster.logged(node, 'Redis is away');
      await redis.start();
      await areWell(cluster);
      await expectShared();
      for (const node of cluster.nodes) await cluster.logged(node, 'Redis is there again');

      redis.pause();
      expect(await passed(cluster)).toEqual(cluster.nodes.map(() => requests));
      redis.resume();
      await areWell(cluster);
      await expectShared();
      for (const node of cluster.nodes) {
        await cluster.eventually(
          'it is told once each time',
          () => told(node, 'Redis is there again') === 2 || undefined,
        );
        expect(told(node, 'Redis is away')).toBe(2);
        expect(node.log).toMatch(/"level":40[^\n]*Redis is away/);
        expect(node.log).not.toMatch(/"level":(50|60)/);
      }
      console.log(`a limit of ${requests} over three processes let ${together.join(', ')} pass`);
    });
  }, 300_000);
});
