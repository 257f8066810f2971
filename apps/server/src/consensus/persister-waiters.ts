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

/** Wakes the one loop that sleeps until there is work, or until a time has passed. */
export class Alarm {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async sleep(milliseconds: number | undefined): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}
