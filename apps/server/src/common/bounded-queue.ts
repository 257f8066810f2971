import type { Deadline } from './deadline';
import { reject } from './rejected';
import { within } from './within';

export interface QueueBounds {
  /** How many tasks run at the same time. */
  readonly running: number;
  /** How many more may wait for their turn. */
  readonly waiting: number;
  /** For whoever is refused. */
  readonly detail: string;
}

/** Runs costly tasks a few at a time, in order of arrival; refuses those that would wait too long. */
export class BoundedQueue {
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(private readonly bounds: QueueBounds) {}

  async run<T>(task: () => Promise<T>, deadline: Deadline): Promise<T> {
    await this.#turn(deadline);
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  async #turn(deadline: Deadline): Promise<void> {
    if (this.#running < this.bounds.running) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.size >= this.bounds.waiting) this.#refuse();
    let take = (): void => undefined;
    const turn = new Promise<void>((resolve) => (take = resolve));
    this.#waiting.add(take);
    await within(deadline, turn, () => {
      // Without a place in the queue the turn cannot be given to it any more.
      this.#waiting.delete(take);
      return this.#refuse();
    });
  }

  /** Hands the turn to the next one, so `#running` stays as it is. */
  #release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  #refuse(): never {
    return reject('overloaded', { detail: this.bounds.detail, retryAfterSeconds: 1 });
  }
}
