import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnections } from '../redis/redis-connections';
import { FailureLimit } from './failure-limit';

export interface FailureLimitOptions {
  /** What is counted, a part of the keys in Redis. */
  readonly name: string;
  readonly failures: number;
  readonly windowSeconds: number;
  /** Given when the number is for all nodes together, even while they cannot count together. */
  readonly nodes?: () => number;
}

/** The limits of failures of this node, shared with the others where there is a Redis. */
export class FailureLimits {
  constructor(private readonly redis: Pick<RedisConnections, 'limits'> = { limits: undefined }) {}

  of({ name, failures, windowSeconds, nodes }: FailureLimitOptions): FailureLimit {
    const options = { points: failures, duration: windowSeconds };
    const own = new RateLimiterMemory(options);
    const { limits } = this.redis;
    if (!limits) return new FailureLimit(own, undefined, nodes);
    const counter = new RateLimiterRedis({ ...options, storeClient: limits.client, keyPrefix: `limit:${name}` });
    return new FailureLimit(own, { counter, run: (call) => limits.run(call) }, nodes);
  }
}
