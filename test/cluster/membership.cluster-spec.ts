import { setTimeout as wait } from 'node:timers/promises';
import type { RetryingWriter } from './clients/retrying-writer';
import { startedWriters, verifiedWriters } from './clients/retrying-writer';
import { aPlace } from './clients/workload';
import { replyText } from './clients/request';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';
import type { ClusterStatus } from './processes/cluster-status';
import { refusedConnections } from './processes/refused-connections';
import { storedRows } from './processes/stored-rows';

/** Several election time-outs: long enough for a node that could disturb the others to do so. */
const calmMs = 5_000;

async function writersOn(cluster: ClusterOfProcesses, nodes = cluster.nodes): Promise<readonly RetryingWriter[]> {
  const place = await aPlace(cluster.admin, 'membership', ['one', 'two']);
  return startedWriters(cluster.admin, place, () => nodes.map(({ url }) => url));
}

async function leadership(cluster: ClusterOfProcesses): Promise<Pick<ClusterStatus, 'term' | 'leaderId'>> {
  const status = await cluster.status(await cluster.leader());
  return { term: status?.term ?? 0, leaderId: status?.leaderId ?? null };
}

async function membersOf(cluster: ClusterOfProcesses): Promise<Readonly<Record<string, string>>> {
  const { members } = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
  return Object.fromEntries(members.map(({ id, role }) => [id, role]).sort());
}

/** What the audit trail says of a member, newest first, in the words of every node. */
async function recorded(cluster: ClusterOfProcesses, nodes: readonly ClusterNode[], id: string): Promise<unknown> {
  const trailOf = async ({ url }: ClusterNode, command: string): Promise<readonly AuditRecord[]> => {
    const reply = await cluster.admin.send(url, 'GET', `/v1/audit?command=member.${command}`);
    if (reply.type !== 'answer' || reply.status !== 200) throw new Error(replyText(reply));
    return (reply.body['items'] as readonly AuditRecord[]).filter(({ subject }) => subject.id === id);
  };
  const commands = ['remove', 'promote', 'demote', 'add', 'announce'];
  const trails = await Promise.all(
    nodes.map(async (node) => (await Promise.all(commands.map((command) => trailOf(node, command)))).flat()),
  );
  for (const other of trails.slice(1)) expect(other).toEqual(trails[0]);
  return trails[0]?.map(({ command, outcome, actorId }) => [command, outcome, actorId === null ? 'node' : 'user']);
}

interface AuditRecord {
  readonly command: string;
  readonly outcome: string;
  readonly actorId: string | null;
  readonly subject: { readonly id: string };
}

const theFollower = async (cluster: ClusterOfProcesses): Promise<ClusterNode> =>
  (await cluster.followers()).at(-1) as ClusterNode;

const without = (cluster: ClusterOfProcesses, node: ClusterNode): readonly ClusterNode[] =>
  cluster.nodes.filter((other) => other !== node);

describe('membership', () => {
  it(
    'a removed node that keeps calling disturbs nobody, on its old disk neither',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const removed = await theFollower(cluster);
        const others = without(cluster, removed);
        const writers = await writersOn(cluster, others);
        await cluster.admin.do('DELETE', `/v1/cluster/members/${removed.id}`);
        expect(Object.keys(await membersOf(cluster))).toEqual(others.map(({ id }) => id));
        const before = await leadership(cluster);
        await wait(calmMs);
        expect(await leadership(cluster)).toEqual(before);
        await removed.kill();
        await removed.spawn();
        await wait(calmMs);
        expect(await leadership(cluster)).toEqual(before);
        expect(await removed.isReady()).toBe(false);
        const reply = await cluster.admin.send(removed.url, 'GET', '/v1/projects');
        expect(reply.type === 'answer' ? reply.status : 503).toBe(503);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(others);
      }),
    240_000,
  );

  it(
    'a node that was removed while it was down calls in vain, is counted, and learns of it',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const removed = await theFollower(cluster);
        const others = without(cluster, removed);
        const writers = await writersOn(cluster, others);
        const leader = await cluster.leader();
        const other = others.find((node) => node !== leader) as ClusterNode;
        await removed.kill();
        await wait(calmMs); // the leader misses it
        const needed = await cluster.admin.send(leader.url, 'DELETE', `/v1/cluster/members/${other.id}`);
        expect(needed).toMatchObject({ status: 409, body: { code: 'quorum-at-risk' } });
        await cluster.admin.do('DELETE', `/v1/cluster/members/${removed.id}`);
        const before = await leadership(cluster);
        await removed.spawn();
        await cluster.eventually('its calls are refused and counted', async () => {
          const counts = await Promise.all(others.map((node) => refusedConnections(node)));
          return counts.some(({ removed: count = 0 }) => count > 0) ? true : undefined;
        });
        await cluster.eventually('it knows', () =>
          removed.log.includes(`The node ${removed.id} was removed from its cluster and serves no more.`)
            ? true
            : undefined,
        );
        await wait(calmMs);
        expect(await leadership(cluster)).toEqual(before);
        expect(await removed.isReady()).toBe(false);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(others);
      }),
    240_000,
  );

  it(
    'a wiped node that still has CLUSTER_PEERS neither forms a cluster nor votes',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const wiped = await theFollower(cluster);
        const [kept, down] = without(cluster, wiped) as [ClusterNode, ClusterNode];
        await wiped.kill();
        await wiped.wipe();
        await wiped.spawn();
        await cluster.eventually('it says that it must rejoin', () =>
          /rejoin|CLUSTER_JOIN/i.test(wiped.log) ? true : undefined,
        );
        expect(await wiped.isReady()).toBe(false);
        // Its vote would make a majority with the one that is left.
        await down.kill();
        if (!wiped.isRunning) await wiped.spawn();
        const statuses = async (): Promise<readonly ClusterStatus[]> => cluster.statuses([kept, wiped]);
        await cluster.eventually('the last one has no leader', async () =>
          (await statuses()).some(({ nodeId, leaderId }) => nodeId === kept.id && leaderId === null) ? true : undefined,
        );
        for (const until = performance.now() + calmMs; performance.now() < until; await wait(100))
          expect((await statuses()).filter(({ role }) => role === 'leader')).toEqual([]);
        const reply = await cluster.admin.send(kept.url, 'GET', '/v1/projects', { timeoutMs: 15_000 });
        expect(reply.type === 'answer' ? reply.status : replyText(reply)).toBe(503);
        await wiped.kill();
        await down.start();
        await cluster.leader();
        await cluster.converged([kept, down]);
      }),
    240_000,
  );

  it(
    'a node that comes back under another address is found by the others',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const moved = await theFollower(cluster);
        const writers = await writersOn(cluster, without(cluster, moved));
        const old = moved.raftAddress;
        await moved.stop();
        await cluster.move(moved.id);
        await moved.start();
        expect(moved.raftAddress).not.toBe(old);
        await cluster.eventually('the cluster knows its new address', async () => {
          const { members } = (await cluster.admin.do('GET', '/v1/cluster')) as unknown as ClusterStatus;
          return members.find(({ id }) => id === moved.id)?.raftAddress === moved.raftAddress ? true : undefined;
        });
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged();
        // It is dialled there, and not only dials: it can lead.
        await cluster.admin.do('POST', '/v1/cluster/leader/transfer', { to: moved.id });
        await cluster.eventually('it leads', async () => ((await cluster.leaderNow()) === moved ? true : undefined));
      }),
    240_000,
  );

  it(
    'a dead node is replaced by a new one under load',
    () =>
      withCluster({ size: 3 }, async (cluster) => {
        const dead = await theFollower(cluster);
        const writers = await writersOn(cluster, without(cluster, dead));
        await dead.kill();
        const fresh = await cluster.join('node-4');
        await fresh.start();
        await cluster.eventually('the new node votes', async () =>
          (await membersOf(cluster))['node-4'] === 'voter' ? true : undefined,
        );
        await cluster.admin.do('DELETE', `/v1/cluster/members/${dead.id}`);
        const living = without(cluster, dead);
        expect(await membersOf(cluster)).toEqual(Object.fromEntries(living.map(({ id }) => [id, 'voter'])));
        await cluster.admin.do('POST', '/v1/cluster/members/node-4/demote');
        expect((await membersOf(cluster))['node-4']).toBe('learner');
        await cluster.admin.do('POST', '/v1/cluster/members/node-4/promote');
        expect((await membersOf(cluster))['node-4']).toBe('voter');
        expect(await recorded(cluster, living, 'node-4')).toEqual([
          ['member.promote@1', 'applied', 'user'],
          ['member.demote@1', 'applied', 'user'],
          ['member.announce@1', 'applied', 'node'],
        ]);
        expect(await recorded(cluster, living, dead.id)).toEqual([
          ['member.remove@1', 'applied', 'user'],
          ['member.announce@1', 'applied', 'node'],
        ]);
        expect(await verifiedWriters(writers)).toEqual([]);
        await cluster.converged(living);
        const [first, ...others] = await Promise.all(living.map((node) => storedRows(node)));
        for (const other of others) expect(other).toEqual(first);
      }),
    240_000,
  );

  it(
    'any node leaves when it is asked to under load, the leader too, and no client notices',
    () =>
      withCluster({ size: 4 }, async (cluster) => {
        const writers = await writersOn(cluster);
        const leader = await cluster.leader();
        const [follower] = (await cluster.followers()) as [ClusterNode];
        for (const leaving of [follower, leader]) {
          await Promise.all(writers.map((writer) => writer.next()));
          await cluster.admin.do('DELETE', `/v1/cluster/members/${leaving.id}`);
          expect(Object.keys(await membersOf(cluster))).not.toContain(leaving.id);
          await cluster.eventually(`${leaving.id} is out of service`, async () =>
            (await leaving.isReady()) ? undefined : true,
          );
          await leaving.stop();
          expect(leaving.exitCode).toBe(0);
        }
        await Promise.all(writers.map((writer) => writer.next()));
        expect(await verifiedWriters(writers)).toEqual([]);
        const slowest = Math.max(...writers.map(({ slowestMs }) => slowestMs));
        console.log(`a follower and the leader left: 0 failed, slowest write ${Math.round(slowest)} ms`);
        const stayed = cluster.running;
        expect(stayed).toHaveLength(2);
        await cluster.converged(stayed);
      }),
    240_000,
  );
});
