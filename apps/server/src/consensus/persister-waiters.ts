import type { Clock } from '@config-guardian/raft-node';

/** Callers that wait for an index to be reached. */
export class IndexWaiters {
  readonly #waiting = new Set<{ readonly index: number; resolve(): void; reject(reason: unknown): void }>();

  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  wait(index: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const leave = (): void => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => waiter.reject(signal?.reason);
      const waiter = {
        index,
        resolve: () => (leave(), resolve()),
        reject: (reason: unknown) => (leave(), reject(reason as Error)),
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  reached(index: number): void {
    for (const waiter of [...this.#waiting]) if (waiter.index <= index) waiter.resolve();
  }

  fail(reason: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.reject(reason);
  }
}

/** Callers that wait for room; given to all of them at once. */
export class Room {
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  wait(): Promise<void> {
    return (this.#promise ??= new Promise((resolve) => (this.#resolve = resolve)));
  }

  give(): void {
    this.#resolve?.();
    this.#resolve = this.#promise = undefined;
  }
}

/** Wakes the one loop that sleeps until there is work, or until a time has passed. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(private readonly clock: Pick<Clock, 'after'>) {}

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async sleep(milliseconds: number | undefined): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const cancel = milliseconds === undefined ? undefined : this.clock.after(milliseconds, resolve);
        this.#wake = () => (cancel?.(), resolve());
      });
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}

/** Resolves with the work, or without it when the time is over. */
export async function orTimeout(
  work: Promise<void> | undefined,
  ms: number,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  let cancel: (() => void) | undefined;
  const timeout = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)));
  await Promise.race([work, timeout]).finally(cancel);
}
