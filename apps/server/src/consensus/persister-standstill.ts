import type { Clock } from '@config-guardian/raft-node';

/** For how long the database has taken nothing, although something waits for it or its connection is lost. */
export class Standstill {
  #since: number | undefined;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  get ms(): number {
    return this.#since === undefined ? 0 : this.clock.monotonic() - this.#since;
  }

  /** Something waits from now on; what waited before has waited longer. */
  begin(): void {
    this.#since ??= this.clock.monotonic();
  }

  /** The database took something, or is there to take it. */
  end(isMoreWaiting: boolean): void {
    this.#since = isMoreWaiting ? this.clock.monotonic() : undefined;
  }
}
