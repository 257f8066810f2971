import type { Clock } from '../clock';

/** Clocks that are set right slowly stay below it; what is above was set by somebody, or is broken. */
const JUMP_MS = 2_000;

/** Notices when the wall clock moves against the monotonic one. */
export class ClockWatch {
  private offset: number;

  constructor(private readonly clock: Clock) {
    this.offset = clock.wall() - clock.monotonic();
  }

  /** By how many milliseconds the wall clock jumped since it was last asked; 0 when it goes as it should. */
  jumped(): number {
    const offset = this.clock.wall() - this.clock.monotonic();
    const jump = offset - this.offset;
    this.offset = offset;
    return Math.abs(jump) > JUMP_MS ? jump : 0;
  }
}
