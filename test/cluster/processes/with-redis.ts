import { RedisServer } from '../../support/redis-server';
import type { ClusterOfProcesses, ClusterOptions } from './cluster-of-processes';
import { withCluster } from './cluster-of-processes';

/** Three nodes and one Redis, which keeps what it holds over a restart only with `isKept`. */
export async function withRedis(
  { isKept = false, variables, ...options }: Omit<ClusterOptions, 'size'> & { readonly isKept?: boolean },
  work: (cluster: ClusterOfProcesses, redis: RedisServer) => Promise<void>,
): Promise<void> {
  const redis = await RedisServer.start(...(isKept ? ['--appendonly', 'yes'] : []));
  const shared = { REDIS_URL: redis.url, LOG_LEVEL: 'info', ...variables };
  try {
    await withCluster({ ...options, size: 3, variables: shared }, (cluster) => work(cluster, redis));
  } finally {
    await redis.close();
  }
}
