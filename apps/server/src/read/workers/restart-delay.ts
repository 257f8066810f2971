const shortestMs = 100;
const longestMs = 10_000;
/** Nobody answers on the port meanwhile. */
const longestAsLastMs = 250;
/** Whoever lived so long did not fail at its start. */
const soundAfterMs = 10_000;

/** How long to wait before a worker is started again: longer each time that it dies soon after its start. */
export class RestartDelay {
  #soonDeaths = 0;

  /** `wasLast`: no other worker is left that lives. */
  afterDeath(livedMs: number, wasLast: boolean): number {
    if (livedMs >= soundAfterMs) this.#soonDeaths = 0;
    return Math.min(wasLast ? longestAsLastMs : longestMs, shortestMs * 2 ** this.#soonDeaths++);
  }
}
