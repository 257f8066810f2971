import type { Clock } from '../clock';

export const TICK_MS = 10;

/**
 * Turns time into ticks. A late timer is made up for, so that a busy event loop does not stretch the timeouts; but only
 * up to `mostAtOnce`: after a pause of the whole process, what the others sent meanwhile has to be read before anybody
 * is called silent.
 */
export class Ticker {
  private cancel: () => void = () => undefined;
  private last: number;

  constructor(
    private readonly clock: Clock,
    private readonly mostAtOnce: number,
    private readonly tick: (count: number) => void,
  ) {
    this.last = clock.monotonic();
  }

  start(): void {
    this.last = this.clock.monotonic();
    this.schedule();
  }

  stop(): void {
    this.cancel();
  }

  private schedule(): void {
    this.cancel = this.clock.after(TICK_MS, () => {
      const passed = Math.floor((this.clock.monotonic() - this.last) / TICK_MS);
      this.last += passed * TICK_MS;
      this.schedule();
      if (passed > 0) this.tick(Math.min(passed, this.mostAtOnce));
    });
  }
}
