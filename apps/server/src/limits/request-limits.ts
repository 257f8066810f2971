import type { RedisConnections } from '../redis/redis-connections';
import { RequestLimit } from './request-limit';
import { RedisWindows } from './shared-windows';

/** The limits of requests of this node, shared with the others where there is a Redis. */
export class RequestLimits {
  constructor(private readonly redis: Pick<RedisConnections, 'limits'> = { limits: undefined }) {}

  /** `name`: what is counted. None without a number. */
  aMinute(name: string, requests: number): RequestLimit;
  aMinute(name: string, requests: number | null): RequestLimit | undefined;
  aMinute(name: string, requests: number | null): RequestLimit | undefined {
    if (requests === null) return undefined;
    const { limits } = this.redis;
    return new RequestLimit({ requests, windowMs: 60_000, ...(limits && { shared: new RedisWindows(limits, name) }) });
  }
}
