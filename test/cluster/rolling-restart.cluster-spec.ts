import { RetryingReader } from './clients/retrying-reader';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import { withCluster } from './processes/cluster-of-processes';

const shutdownMs = 10_000;
const rounds = 2;

describe('three nodes, restarted one by one under load', () => {
  it(
    'fail no operation of clients that retry, and each is gone in time',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'rolling', ['one', 'two', 'three', 'four']);
        const urls = (): readonly string[] => cluster.nodes.map(({ url }) => url);
        const writers = await startedWriters(cluster.admin, place, urls, { patienceMs: 10_000 });
        const readers = writers.flatMap((writer) =>
          (['linearizable', 'own index'] as const).map((kind) => new RetryingReader(kind, place, writer, urls)),
        );
        for (const reader of readers) reader.start();
        let slowestStop = 0;
        for (const node of Array.from({ length: rounds }, () => cluster.nodes).flat()) {
          await Promise.all([...writers, ...readers].map((client) => client.next()));
          const began = performance.now();
          await node.stop();
          slowestStop = Math.max(slowestStop, performance.now() - began);
          expect(node.exitCode).toBe(0);
          await node.start();
          await cluster.leader();
        }
        await Promise.all(readers.map((reader) => reader.stop()));
        expect(readers.flatMap(({ failures }) => failures)).toEqual([]);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        const [acknowledged, attempts] = [sum(writers, 'acknowledged'), sum(writers, 'attempts')];
        const slowest = Math.max(...writers.map(({ slowestMs }) => slowestMs));
        console.log(
          `${rounds * 3} restarts: ${acknowledged} writes, 0 failed, ${attempts - acknowledged} repeated, slowest write ${Math.round(slowest)} ms, slowest stop ${Math.round(slowestStop)} ms`,
        );
        const slowestRead = Math.max(...readers.map(({ slowestMs }) => slowestMs));
        console.log(
          `${sum(readers, 'answered')} reads, 0 failed, 0 older than acknowledged, slowest read ${Math.round(slowestRead)} ms`,
        );
        expect(slowestStop).toBeLessThan(shutdownMs);
      }),
    600_000,
  );
});

function sum<Key extends string>(values: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return values.reduce((total, value) => total + value[key], 0);
}
