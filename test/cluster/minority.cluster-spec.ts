import { setTimeout as wait } from 'node:timers/promises';
import { aPlace } from './clients/workload';
import type { Answer, Reply } from './clients/request';
import { codeOf, indexOf, replyText } from './clients/request';
import type { ClusterNode } from './processes/cluster-node';
import type { ClusterOfProcesses } from './processes/cluster-of-processes';
import { withCluster } from './processes/cluster-of-processes';

/** REQUEST_TIMEOUT of these nodes, and what an answer may take beside it on a busy machine. */
const timeoutMs = 2_000;
const boundMs = timeoutMs + 1_500;

interface Side {
  readonly cluster: ClusterOfProcesses;
  readonly cutOff: ClusterNode;
  readonly others: readonly ClusterNode[];
  readonly configs: string;
}

async function timed(ask: Promise<Reply>): Promise<{ answer: Answer; tookMs: number; endedAt: number }> {
  const began = performance.now();
  const answer = await ask;
  if (answer.type !== 'answer') throw new Error(`no answer: ${replyText(answer)}`);
  const endedAt = performance.now();
  return { answer, tookMs: endedAt - began, endedAt };
}

/** For how long the node has not heard that its state is the newest. */
const ageIn = ({ headers }: Answer): number => Number(headers['x-config-age']);

const seen = ({ status, body }: Answer): object => ({ status, code: body['code'] });

async function refusesInTime(ask: Promise<Reply>, codes: readonly string[]): Promise<void> {
  const { answer, tookMs } = await timed(ask);
  expect(seen(answer)).toEqual({ status: 503, code: expect.stringMatching(new RegExp(`^(${codes.join('|')})$`)) });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(tookMs).toBeLessThan(boundMs);
}

async function behavesAsMinority({ cluster, cutOff, others, configs }: Side): Promise<void> {
  const { admin } = cluster;
  const ask = (node: ClusterNode, method: string, query: string, body?: unknown): Promise<Reply> =>
    admin.send(node.url, method, `${configs}/shared${query}`, { body, timeoutMs: 10_000 });
  // Before it knows that it is alone, a write may be in its log already; a read has nobody to confirm it.
  const first = await timed(ask(cutOff, 'PUT', '', { content: { at: 'minority' }, expectedVersion: 1 }));
  expect([503, 504]).toContain(first.answer.status);
  expect(first.tookMs).toBeLessThan(boundMs);
  await cluster.eventually('it knows no leader', async () =>
    (await cluster.status(cutOff))?.leaderId === null ? true : undefined,
  );
  await refusesInTime(ask(cutOff, 'GET', ''), ['no-leader', 'timeout']);
  await refusesInTime(ask(cutOff, 'PUT', '', { content: {}, expectedVersion: 1 }), ['no-leader', 'timeout']);
  expect(await cutOff.isReady()).toBe(false);
  await cluster.eventually('the others have a leader', async () => {
    const statuses = await cluster.statuses(others);
    return statuses.some(({ role }) => role === 'leader') ? true : undefined;
  });
  const [majority] = others as [ClusterNode];
  const written = await timed(ask(majority, 'PUT', '', { content: { at: 'majority' }, expectedVersion: 1 }));
  expect(seen(written.answer)).toEqual({ status: 200, code: undefined });
  // Its own state is old, and it says how old.
  const knownMs = performance.now() - written.endedAt;
  const local = await timed(ask(cutOff, 'GET', '?consistency=local'));
  expect(local.answer).toMatchObject({ status: 200, body: { version: 1, content: { at: 'first' } } });
  expect(indexOf(local.answer)).toBeLessThan(indexOf(written.answer));
  expect(ageIn(local.answer)).toBeGreaterThan(knownMs);
  const fresh = await timed(ask(majority, 'GET', '?consistency=local'));
  expect(ageIn(fresh.answer)).toBeLessThan(ageIn(local.answer));
  const stale = await timed(ask(cutOff, 'GET', '?consistency=local&maxStaleness=500ms'));
  expect([stale.answer.status, codeOf(stale.answer)]).toEqual([503, 'too-stale']);
  expect(String(stale.answer.body['detail'])).toMatch(/\d+ ms old/);
  const future = await timed(ask(cutOff, 'GET', `?consistency=local&minIndex=${indexOf(written.answer)}`));
  expect([future.answer.status, codeOf(future.answer)]).toEqual([503, 'index-not-reached']);
  expect(future.tookMs).toBeLessThan(boundMs);
}

describe('a node cut off from the two others', () => {
  it.each(['leader', 'follower'])(
    'refuses what needs the cluster in bounded time, and converges when it is healed (a %s)',
    (role) =>
      withCluster({ size: 3, variables: { REQUEST_TIMEOUT: `${timeoutMs}ms` } }, async (cluster) => {
        const place = await aPlace(cluster.admin, 'divided', []);
        const configs = `/v1/projects/${place.projectId}/configs`;
        await cluster.admin.do('POST', configs, { key: 'shared', schemaId: place.schemaId, content: { at: 'first' } });
        await cluster.converged();
        const leader = await cluster.leader();
        const cutOff = role === 'leader' ? leader : ((await cluster.followers())[0] as ClusterNode);
        const others = cluster.nodes.filter((node) => node !== cutOff);
        cluster.links.partition([cutOff.id]);
        await behavesAsMinority({ cluster, cutOff, others, configs });
        await wait(1_000);
        const terms = (await cluster.statuses(others)).map(({ term }) => term);
        cluster.links.healAll();
        const healed = await cluster.converged();
        // Its campaigns alone did not disturb the majority when it came back (PreVote).
        expect(healed.map(({ term }) => term)).toEqual(Array(3).fill(Math.max(...terms)));
        const answer = await cluster.admin.send(cutOff.url, 'GET', `${configs}/shared`);
        expect(answer).toMatchObject({ status: 200, body: { version: 2, content: { at: 'majority' } } });
      }),
    240_000,
  );
});
