import { join } from 'node:path';
import { NodeProcess } from '../support/node-process';
import { workersOf } from '../support/read-worker-processes';
import { EtcdCluster } from './etcd-cluster';
import { document, json, password, prepare } from './http-target';
import { OurCluster } from './our-cluster';
import type { RawServer } from './raw';
import { rawServer } from './raw';
import type { ReadLoad } from './read-load';

/** Of the answer's body here; the value is a little shorter. */
export const sizes = { '400 B': 400, '16 kB': 16 * 1024 } as const;
export type Size = keyof typeof sizes;

/** What can be asked, by its name, for a document of each size. */
export interface ReadServers {
  readonly loads: Readonly<Record<string, Readonly<Record<Size, ReadLoad>>>>;
  readonly close: () => Promise<void>;
}

export const names = {
  raw: 'raw node:http, same bytes',
  linearizable: 'one node, linearizable',
  local: 'one node, local',
  workers: '2 read workers, linearizable',
  workersLocal: '2 read workers, local',
  leader: 'three nodes: leader, linearizable',
  leaderLocal: 'three nodes: leader, local',
  follower: 'three nodes: follower, linearizable',
  followerLocal: 'three nodes: follower, local',
  etcd: 'etcd, one: v3 linearizable',
} as const;

const key = (size: Size): string => `bytes-${sizes[size]}`;
const bySize = <T>(of: (size: Size) => T): Readonly<Record<Size, T>> => ({
  '400 B': of('400 B'),
  '16 kB': of('16 kB'),
});

/** A config whose answer on the read API has just so many bytes. */
function documentOf(size: Size): object {
  const plain = document(1);
  const bytes = JSON.stringify({ key: key(size), version: 1, content: { ...plain, filler: '' } }).length;
  return { ...plain, filler: 'x'.repeat(sizes[size] - bytes) };
}

const documents = Object.fromEntries((Object.keys(sizes) as Size[]).map((size) => [key(size), documentOf(size)]));

function ours(url: string, apiKey: string, pids: readonly number[], local: boolean): Record<Size, ReadLoad> {
  const query = local ? '?consistency=local' : '';
  return bySize((size) => ({ url: `${url}/v1/read/${apiKey}/${key(size)}${query}`, pids }));
}

async function oneNode(directory: string): Promise<ReadServers> {
  const variables = { ADMIN_PASSWORD: password, LOG_LEVEL: 'info' };
  const node = await NodeProcess.on(join(directory, 'node'), variables);
  await node.start();
  const { apiKey } = await prepare(node, 0, documents);
  const linearizable = ours(node.url, apiKey, [node.pid], false);
  const sameBytes = async (size: Size): Promise<RawServer> =>
    rawServer(await (await fetch(linearizable[size].url)).text());
  const raw = { '400 B': await sameBytes('400 B'), '16 kB': await sameBytes('16 kB') };
  return {
    loads: {
      [names.raw]: bySize((size) => ({ url: raw[size].url, pids: [raw[size].pid] })),
      [names.linearizable]: linearizable,
      [names.local]: ours(node.url, apiKey, [node.pid], true),
    },
    close: async () => {
      for (const server of Object.values(raw)) server.close();
      await node.stop();
    },
  };
}

/** Beside a node without them: what else the machine does falls on both. */
async function withWorkers(directory: string): Promise<ReadServers> {
  const variables = { ADMIN_PASSWORD: password, LOG_LEVEL: 'info', READ_WORKERS: '2' };
  const node = await NodeProcess.on(join(directory, 'with-workers'), variables);
  await node.start();
  const { apiKey } = await prepare(node, 0, documents);
  const pids = [node.pid, ...workersOf(node)];
  return {
    loads: {
      [names.workers]: ours(node.url, apiKey, pids, false),
      [names.workersLocal]: ours(node.url, apiKey, pids, true),
    },
    close: async () => void (await node.stop()),
  };
}

async function threeNodes(directory: string): Promise<ReadServers> {
  const cluster = await OurCluster.start(directory);
  const { apiKey, authorization } = await prepare(cluster.nodes[0]!, 0, documents);
  const leader = await cluster.leader(authorization);
  const follower = cluster.nodes.find((node) => node !== leader)!;
  const { pids } = cluster;
  return {
    loads: {
      [names.leader]: ours(leader.url, apiKey, pids, false),
      [names.leaderLocal]: ours(leader.url, apiKey, pids, true),
      [names.follower]: ours(follower.url, apiKey, pids, false),
      [names.followerLocal]: ours(follower.url, apiKey, pids, true),
    },
    close: () => cluster.stop(),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const etcdReads = ['v3 linearizable', 'v3 serializable', 'v2 quorum', 'v2 without'] as const;

/** The JSON gateway of v3, and the keys of v2, which a member serves without one. */
function etcdLoads(what: string, url: string, pids: readonly number[]): Record<string, Record<Size, ReadLoad>> {
  const range = (serializable: boolean) =>
    bySize((size) => ({
      url: `${url}/v3/kv/range`,
      body: JSON.stringify({ key: base64(key(size)), serializable }),
      pids,
    }));
  const v2 = (quorum: boolean) => bySize((size) => ({ url: `${url}/v2/keys/${key(size)}?quorum=${quorum}`, pids }));
  const loads = [range(false), range(true), v2(true), v2(false)];
  return Object.fromEntries(etcdReads.map((read, place) => [`${what}: ${read}`, loads[place]!]));
}

async function etcdOf(members: 1 | 3, directory: string): Promise<ReadServers> {
  const cluster = await EtcdCluster.start(directory, { members, v2: true });
  const leader = await cluster.leaderUrl();
  for (const [name, content] of Object.entries(documents)) {
    const value = JSON.stringify(content);
    const put = JSON.stringify({ key: base64(name), value: base64(value) });
    const answers = await Promise.all([
      fetch(`${leader}/v3/kv/put`, { method: 'POST', headers: json, body: put }),
      fetch(`${leader}/v2/keys/${name}`, { method: 'PUT', body: new URLSearchParams({ value }) }),
    ]);
    for (const { ok, url, status } of answers) if (!ok) throw new Error(`PUT ${url}: ${status}`);
  }
  const follower = cluster.urls.find((url) => url !== leader);
  return {
    loads:
      follower === undefined
        ? etcdLoads('etcd, one', leader, cluster.pids)
        : {
            ...etcdLoads('etcd, three, leader', leader, cluster.pids),
            ...etcdLoads('etcd, three, follower', follower, cluster.pids),
          },
    close: () => cluster.stop(),
  };
}

const etcdNames = (what: string): readonly string[] => etcdReads.map((read) => `${what}: ${read}`);

/** Which loads each of them makes possible: nothing is started that nobody asks for. */
export const groups: readonly {
  readonly names: readonly string[];
  readonly start: (directory: string) => Promise<ReadServers>;
}[] = [
  { names: [names.raw, names.linearizable, names.local, 'open loop'], start: oneNode },
  { names: [names.workers, names.workersLocal], start: withWorkers },
  { names: [names.leader, names.leaderLocal, names.follower, names.followerLocal], start: threeNodes },
  ...(EtcdCluster.isInstalled()
    ? [
        { names: etcdNames('etcd, one'), start: (directory: string) => etcdOf(1, directory) },
        {
          names: [...etcdNames('etcd, three, leader'), ...etcdNames('etcd, three, follower')],
          start: (directory: string) => etcdOf(3, directory),
        },
      ]
    : []),
];
