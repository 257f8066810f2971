import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { reject } from '../common/rejected';

/** So many requests a minute for each key: a user, or an API key. */
export class RequestLimit {
  readonly #counter: RateLimiterMemory;

  constructor(requestsAMinute: number) {
    this.#counter = new RateLimiterMemory({ points: requestsAMinute, duration: 60 });
  }

  /** None without a number. */
  static of(requestsAMinute: number | null): RequestLimit | undefined {
    return requestsAMinute === null ? undefined : new RequestLimit(requestsAMinute);
  }

  /** Counts a request; rejects `rate-limited` when it is one too many. */
  async count(key: string): Promise<void> {
    try {
      await this.#counter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      reject('rate-limited', { detail: 'Too many requests in this minute.', retryAfterSeconds });
    }
  }
}
