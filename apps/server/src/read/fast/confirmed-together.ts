/**
 * A cluster that is well confirms in a few milliseconds. What takes much longer is for the routes, which know how to
 * refuse; not for what waits in a busy process, because the routes would make it busier.
 */
export const patienceMs = 500;

/** Those who wait for the same round. */
interface Round<Waiting> {
  readonly promise: Promise<unknown>;
  readonly waiting: Waiting[];
}

export interface RoundParts<Waiting> {
  /** A promise that is the same for all whom one round serves. */
  readonly confirm: () => Promise<unknown>;
  readonly confirmed: (waiting: Waiting) => void;
  /** The round failed, or took too long. */
  readonly failed: (waiting: Waiting) => void;
  readonly patienceMs: number;
}

/** Waits for a confirmed round on behalf of many at once: one promise and one timer for all of them. */
export class ConfirmedTogether<Waiting> {
  #newest: Round<Waiting> | undefined;

  constructor(private readonly parts: RoundParts<Waiting>) {}

  add(waiting: Waiting): void {
    const promise = this.parts.confirm();
    if (this.#newest?.promise === promise) return void this.#newest.waiting.push(waiting);
    const round = { promise, waiting: [waiting] };
    this.#newest = round;
    let isOver = false;
    const end = (each: (waiting: Waiting) => void) => (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (this.#newest === round) this.#newest = undefined;
      for (const one of round.waiting) each(one);
    };
    const timer = setTimeout(end(this.parts.failed), this.parts.patienceMs);
    promise.then(end(this.parts.confirmed), end(this.parts.failed));
  }
}
