import { createHash } from 'node:crypto';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { reject } from '../common/rejected';
import { seconds } from './rate-limited';

/** A counter that several nodes share, and what stands between it and them. */
export interface SharedFailures {
  readonly counter: RateLimiterAbstract;
  readonly run: <Result>(call: () => Promise<Result>) => Promise<Result>;
}

/**
 * Counts the failures of each key (an account, a network) within a window and refuses what goes beyond the limit: here,
 * and for all nodes together as long as they can be asked.
 */
export class FailureLimit {
  constructor(
    private readonly own: RateLimiterAbstract,
    private readonly shared?: SharedFailures,
    /** Among how many nodes the failures are divided while nobody counts those of all. */
    private readonly nodes: () => number = () => 1,
  ) {}

  /** Rejects `rate-limited` when the key has no failure left. Counts nothing. */
  async refuseExhausted(key: string): Promise<void> {
    const { points } = this.own;
    for (const now of [await this.own.get(key), await this.#ofAll(key, (counter, name) => counter.get(name))])
      if (now && now.consumedPoints >= points && now.msBeforeNext > 0) refuse(now);
  }

  /** Counts a failure; rejects `rate-limited` when it is one too many. */
  async count(key: string): Promise<void> {
    const here = await outcome(this.own.consume(key));
    if (here.consumedPoints > this.own.points) refuse(here);
    const everywhere = await this.#ofAll(key, (counter, name) => outcome(counter.consume(name)));
    if (everywhere && everywhere.consumedPoints > this.own.points) refuse(everywhere);
    const others = this.nodes() - 1;
    if (everywhere || others < 1) return;
    const weighed = await this.own.penalty(key, others);
    if (weighed.consumedPoints > this.own.points) refuse(weighed);
  }

  /** Takes one failure back. */
  async forgive(key: string): Promise<void> {
    const everywhere = await this.#ofAll(key, (counter, name) => counter.reward(name));
    await this.own.reward(key, everywhere ? 1 : this.nodes());
  }

  /** Takes all failures back. */
  async clear(key: string): Promise<void> {
    await this.own.delete(key);
    await this.#ofAll(key, (counter, name) => counter.delete(name));
  }

  /** Undefined when nobody can be asked: then this node alone decides. Who the accounts are is nobody's business there. */
  async #ofAll<Result>(
    key: string,
    ask: (counter: RateLimiterAbstract, name: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.shared) return undefined;
    const { counter, run } = this.shared;
    const name = createHash('sha256').update(key).digest('base64url');
    return run(() => ask(counter, name)).catch(() => undefined);
  }
}

/** The library rejects with the outcome when it is one too many. */
const outcome = (consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes> =>
  consumed.catch((error: unknown) => {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  });

function refuse({ msBeforeNext }: RateLimiterRes): never {
  return reject('rate-limited', { detail: 'Too many failed attempts.', retryAfterSeconds: seconds(msBeforeNext) });
}
