import { randomBytes } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, replyText } from './clients/request';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';

/** More than the log keeps (64 MiB), so that who joins needs a snapshot. */
const filling = { updates: 90, contentBytes: 900 * 1024 };
/** What the snapshot carries beside it. */
const configs = { count: 3_000, atOnce: 32 };
const calmMs = 15_000;
/** Of each of the four writers, whether the one before is done or not: what is held up counts from when it was due. */
const everyMs = 20;
/** For each window, so that the 99th percentile is not one write. */
const leastWrites = 500;
const ratio = 2;
/** Four nodes, their databases and the clients share the processors: whoever has to wait for one waits about so long. */
const sharedMs = 20;
const patienceMs = 120_000;

async function fillTheLog(cluster: ClusterOfProcesses, projectId: string, schemaId: string): Promise<void> {
  const configs = `/v1/projects/${projectId}/configs`;
  const content = (): object => ({ text: randomBytes(filling.contentBytes / 2).toString('hex') });
  await cluster.admin.do('POST', configs, { key: 'large', schemaId, content: content() });
  for (let version = 1; version <= filling.updates; version += 1)
    await cluster.admin.do('PUT', `${configs}/large`, { content: content(), expectedVersion: version });
}

async function fillTheState(cluster: ClusterOfProcesses, projectId: string, schemaId: string): Promise<void> {
  let next = 0;
  const create = async (): Promise<void> => {
    for (let n = next++; n < configs.count; n = next++)
      await cluster.admin.do('POST', `/v1/projects/${projectId}/configs`, {
        ...{ key: `config-${n}`, schemaId, content: { n, text: 'x'.repeat(1_000) } },
      });
  };
  await Promise.all(Array.from({ length: configs.atOnce }, create));
}

const percentile = (times: readonly number[], part: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * part)] ?? NaN;

/** It has a machine of its own: here it, and the database that it starts, take what the leader leaves of the processors. */
function behindTheOthers({ pid }: ClusterNode): void {
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
}

/** A process that waits to be taken in: that it starts, on the same machine, is no part of the join. */
async function aWaitingNode(cluster: ClusterOfProcesses, id: string): Promise<ClusterNode> {
  const node = await cluster.add(id, { CLUSTER_JOIN: '127.0.0.1:1', LOG_LEVEL: 'info' });
  await node.spawn();
  behindTheOthers(node);
  await cluster.eventually('it waits', () => (/not taken in yet/.test(node.log) ? true : undefined));
  return node;
}

async function takeIn(cluster: ClusterOfProcesses, leader: ClusterNode, node: ClusterNode): Promise<void> {
  const body = { id: node.id, raftAddress: node.raftAddress, apiAddress: node.url };
  const reply = await cluster.admin.send(leader.url, 'POST', '/v1/cluster/members', { body, timeoutMs: patienceMs });
  // It may take longer than a request: then it goes on by itself.
  const isDecided = reply.type === 'answer' && (reply.status === 200 || codeOf(reply) === 'outcome-unknown');
  if (!isDecided) throw new Error(replyText(reply));
  await cluster.eventually(
    'it votes',
    async () => {
      const members = (await cluster.status(leader))?.members ?? [];
      return members.some(({ id, role }) => id === node.id && role === 'voter') ? true : undefined;
    },
    patienceMs,
  );
}

it(
  `a node joins by snapshot and log under load, and the leader's writes take no more than ${ratio} times as long`,
  () =>
    withCluster({ size: 3 }, async (cluster) => {
      const place = await aPlace(cluster.admin, 'joined', ['one', 'two', 'three', 'four']);
      await fillTheState(cluster, place.projectId, place.schemaId);
      await fillTheLog(cluster, place.projectId, place.schemaId);
      const leader = await cluster.leader();
      const fourth = await aWaitingNode(cluster, 'node-4');
      const writers = await startedWriters(cluster.admin, place, () => [leader.url], { everyMs });
      const took = (): number[] => writers.flatMap((writer) => writer.drainTimes());
      await wait(2_000);
      took();
      await wait(calmMs);
      const before = took();
      const began = performance.now();
      await takeIn(cluster, leader, fourth);
      const joinedMs = performance.now() - began;
      // Those that were due and are not done yet belong to it, too; none that is due later does.
      await Promise.all(writers.map((writer) => writer.pause()));
      const during = took();
      expect(await verifiedWriters(writers)).toEqual([]);
      await cluster.logged(fourth, 'the state was replaced by a snapshot of the leader');
      await cluster.converged(cluster.nodes, patienceMs);
      const [p99Before, p99During] = [percentile(before, 0.99), percentile(during, 0.99)];
      console.log(
        `joined in ${Math.round(joinedMs)} ms; p99 of ${before.length} writes before ${p99Before.toFixed(1)} ms (p50 ${percentile(before, 0.5).toFixed(1)}), ` +
          `of ${during.length} during the join ${p99During.toFixed(1)} ms (p50 ${percentile(during, 0.5).toFixed(1)}): ${(p99During / p99Before).toFixed(2)} times`,
      );
      expect(Math.min(before.length, during.length)).toBeGreaterThan(leastWrites);
      expect(await cluster.leader()).toBe(leader);
      expect(p99During).toBeLessThanOrEqual(ratio * p99Before + sharedMs);
    }),
  600_000,
);
