import type { Redis } from 'ioredis';
import type { ClusterOfProcesses } from '../processes/cluster-of-processes';
import { statusIn } from '../processes/cluster-status';
import type { MirroredConfig } from './mirror-observer';

type Configs = Readonly<Record<string, MirroredConfig>>;

/** Waits until the leader says that everything that is committed now is in Redis. */
export async function mirrorIsWhole(cluster: ClusterOfProcesses): Promise<void> {
  let said = '';
  const look = async (): Promise<true | undefined> => {
    const leader = await cluster.leaderNow();
    if (!leader) return undefined;
    const [status, reply] = [
      await cluster.admin.send(leader.url, 'GET', '/v1/cluster'),
      await cluster.admin.send(leader.url, 'GET', '/v1/cluster/mirror'),
    ];
    if (status.type !== 'answer' || reply.type !== 'answer' || status.status !== 200) return undefined;
    said = `${leader.id}: ${JSON.stringify(reply.body)}`;
    const { index, behindMs } = reply.body as { readonly index: number | null; readonly behindMs: number };
    return behindMs === 0 && index !== null && index >= statusIn(status).commitIndex ? true : undefined;
  };
  await cluster.eventually(() => `the mirror is whole: ${said}`, look);
}

/** The configs of a project as the API has them. */
export async function configsOf(cluster: ClusterOfProcesses, projectId: string): Promise<Configs> {
  const found: Record<string, MirroredConfig> = {};
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await cluster.admin.do('GET', `/v1/projects/${projectId}/configs?include=content&limit=200${query}`);
    for (const { key, modIndex, version, content } of page['items'] as Config[])
      found[key] = { index: modIndex, version, content: JSON.stringify(content) };
    cursor = page['nextCursor'] as string | null;
  }
  return found;
}

/** The same as Redis has them. */
export async function mirroredOf(redis: Redis, projectId: string): Promise<Configs> {
  const prefix = `cfg:${projectId}:`;
  const found: Record<string, MirroredConfig> = {};
  for (const name of await redis.keys(`${prefix}*`)) {
    const { index, version, content = '' } = await redis.hgetall(name);
    found[name.slice(prefix.length)] = { index: Number(index), version: Number(version), content };
  }
  return found;
}

interface Config {
  readonly key: string;
  readonly modIndex: number;
  readonly version: number;
  readonly content: unknown;
}
