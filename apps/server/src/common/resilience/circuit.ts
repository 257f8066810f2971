import type { IPolicy } from 'cockatiel';
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';

export interface CircuitOptions {
  /** Who is called, and what for: both are labels of metrics. */
  readonly to: string;
  readonly use: string;
  /** For one attempt. */
  readonly timeoutMs: number;
  readonly attempts: number;
  /** So many failed attempts on end open the circuit. */
  readonly failures: number;
  /** The first rest of an open circuit and the longest one; the rests between grow, with jitter. */
  readonly restMs: readonly [first: number, longest: number];
  /** Calls at the same time, and calls that wait for their turn. */
  readonly atOnce: number;
  readonly waiting: number;
}

export const callOutcomes = ['ok', 'failed', 'timed-out', 'refused'] as const;
export type CallOutcome = (typeof callOutcomes)[number];
export type CircuitStanding = 'closed' | 'half-open' | 'open';

/**
 * Around every call of something outside of the node: it ends in time, is tried again with growing pauses, and is not
 * made at all while its like fail or too many are under way.
 */
export class Circuit {
  readonly counts: Record<CallOutcome, number> = { ok: 0, failed: 0, 'timed-out': 0, refused: 0 };
  readonly #policy: IPolicy;
  readonly #listeners: (() => void)[] = [];
  readonly #breaker: ReturnType<typeof circuitBreaker>;

  constructor(readonly options: CircuitOptions) {
    const { timeoutMs, attempts, failures, restMs, atOnce, waiting } = options;
    const [initialDelay, maxDelay] = restMs;
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: new ExponentialBackoff({ initialDelay, maxDelay }),
      breaker: new ConsecutiveBreaker(failures),
    });
    this.#breaker.onStateChange(() => this.#listeners.forEach((listener) => listener()));
    const again = retry(
      handleWhen((error) => !isRefusal(error)),
      { maxAttempts: attempts - 1, backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay }) },
    ).dangerouslyUnref();
    const inTime = timeout(timeoutMs, TimeoutStrategy.Aggressive).dangerouslyUnref();
    this.#policy = wrap(bulkhead(atOnce, waiting), again, this.#breaker, inTime);
  }

  get standing(): CircuitStanding {
    switch (this.#breaker.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      default:
        return 'open';
    }
  }

  /** A listener must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Rejects as the last attempt did, or with what refused to make one. */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      const result = await this.#policy.execute(call);
      this.counts.ok += 1;
      return result;
    } catch (error) {
      this.counts[outcomeOf(error)] += 1;
      throw error;
    }
  }
}

const isRefusal = (error: unknown): boolean => isBrokenCircuitError(error) || isBulkheadRejectedError(error);

function outcomeOf(error: unknown): CallOutcome {
  if (isRefusal(error)) return 'refused';
  return isTaskCancelledError(error) ? 'timed-out' : 'failed';
}
