/** Clocks that NTP keeps differ by much less. */
const toleratedMs = 2_000;
const toldEveryMs = 600_000;

/**
 * The times of the log beside this machine's clock. A leader stamps with its own, and never goes back: one whose clock is
 * ahead moves the time of the whole cluster ahead, and what ends by that time (keys, sessions) ends too soon.
 */
export class LogClock {
  #newest = 0;
  #toldAt = -Infinity;

  constructor(private readonly warn: (aheadMs: number) => void) {}

  /** `at`: of an entry that was applied, in milliseconds since the epoch. */
  saw(at: number): void {
    this.#newest = at;
    const { aheadMs } = this;
    if (aheadMs <= toleratedMs || performance.now() - this.#toldAt < toldEveryMs) return;
    this.#toldAt = performance.now();
    this.warn(aheadMs);
  }

  /** 0 when it is not; how far it is behind says only how long ago the newest change was. */
  get aheadMs(): number {
    return Math.max(0, this.#newest - Date.now());
  }
}
