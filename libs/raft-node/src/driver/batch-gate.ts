import type { Clock } from '../clock';

/** What takes longer is not waited for: on a slow network or disk several are under way at once. */
export const LONGEST_WAIT_MS = 10;

/**
 * Says whether proposals wait for a batch that is under way, so that what comes meanwhile makes the next one: one message,
 * one sync and one answer a member for all of it, however it trickles in.
 */
export class BatchGate {
  private endsWith = 0;
  private committed = 0;
  private since = -Infinity;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  get isClosed(): boolean {
    return this.committed < this.endsWith && this.clock.monotonic() - this.since <= LONGEST_WAIT_MS;
  }

  begin(lastIndex: number): void {
    this.endsWith = lastIndex;
    this.since = this.clock.monotonic();
  }

  commit(index: number): void {
    this.committed = index;
  }

  /** Whoever leads now, this batch is not waited for. */
  open(): void {
    this.endsWith = 0;
  }
}
