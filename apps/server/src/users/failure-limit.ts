import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { reject } from '../common/rejected';

/** Counts the failures of each key (an account, a network) within a window and refuses what goes beyond the limit. */
export class FailureLimit {
  constructor(private readonly counter: RateLimiterAbstract) {}

  /** Rejects `rate-limited` when the key has no failure left. Counts nothing. */
  async refuseExhausted(key: string): Promise<void> {
    const now = await this.counter.get(key);
    if (now && now.consumedPoints >= this.counter.points && now.msBeforeNext > 0) refuse(now);
  }

  /** Counts a failure; rejects `rate-limited` when it is one too many. */
  async count(key: string): Promise<void> {
    try {
      await this.counter.consume(key);
    } catch (error) {
      if (error instanceof RateLimiterRes) refuse(error);
      throw error;
    }
  }

  /** Takes one failure back. */
  async forgive(key: string): Promise<void> {
    await this.counter.reward(key);
  }

  /** Takes all failures back. */
  async clear(key: string): Promise<void> {
    await this.counter.delete(key);
  }
}

function refuse({ msBeforeNext }: RateLimiterRes): never {
  return reject('rate-limited', {
    detail: 'Too many failed attempts.',
    retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  });
}
