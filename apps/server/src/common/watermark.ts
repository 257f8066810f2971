interface Waiter {
  readonly value: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** A number that only rises, and those who wait for it to get somewhere. */
export class Watermark {
  readonly #waiters: Waiter[] = [];
  #value: number;

  constructor(value = 0) {
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }

  raise(value: number): void {
    if (value <= this.#value) return;
    this.#value = value;
    while (this.#waiters[0] && this.#waiters[0].value <= value) this.#waiters.shift()?.resolve();
  }

  /** Resolves at once when the value is there already. */
  reached(value: number): Promise<void> | undefined {
    if (value <= this.#value) return undefined;
    let resolve!: () => void;
    const promise = new Promise<void>((done) => (resolve = done));
    const place = this.#waiters.findIndex((other) => other.value > value);
    const waiter: Waiter = { value, promise, resolve };
    if (place === -1) this.#waiters.push(waiter);
    else this.#waiters.splice(place, 0, waiter);
    return promise;
  }

  /** Nobody waits any more for what `reached` gave. */
  forget(promise: Promise<void>): void {
    const place = this.#waiters.findIndex((waiter) => waiter.promise === promise);
    if (place >= 0) this.#waiters.splice(place, 1);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.length;
  }
}
