import type { Clock } from '../../../libs/raft-node/src/clock';
import { EventQueue } from '../event-queue';

/** Milliseconds since the epoch at which a simulation begins. */
const BEGINNING = Date.UTC(2026, 0, 1);

/**
 * Time that passes from event to event. The code under test is asynchronous: between two events the event loop of the
 * process is run until nothing is left in it, neither turns nor file operations, so that the same seed gives the same run.
 */
export class VirtualTime {
  now = 1_000;
  events = 0;
  private readonly queue = new EventQueue();
  /** The last event did something. */
  private stirred = false;

  later(ms: number, work: () => void): () => void {
    let cancelled = false;
    this.queue.add(this.now + Math.max(0, Math.ceil(ms)), () => {
      if (cancelled) return;
      this.stirred = true;
      work();
    });
    return () => (cancelled = true);
  }

  get wall(): number {
    return BEGINNING + this.now;
  }

  /** A process's clock: what it had planned is gone with the process. */
  clockOf(life: { readonly isOver: boolean }): Clock {
    return {
      wall: () => this.wall,
      monotonic: () => this.now,
      after: (ms, work) => this.later(ms, () => !life.isOver && work()),
    };
  }

  /** Runs events until the condition holds or the time is over. Answers whether it came to hold. */
  async until(end: number, condition: () => boolean): Promise<boolean> {
    await quiet();
    while (!condition()) {
      const event = this.queue.take();
      if (event === undefined) return false;
      if (event.at > end) {
        this.queue.add(event.at, event.run);
        return false;
      }
      this.now = event.at;
      this.stirred = false;
      event.run();
      if (!this.stirred) continue;
      this.events += 1;
      await quiet();
    }
    return true;
  }
}

/** Promises settle within a turn; what may still come are turns that were asked for, and files. */
async function quiet(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => working.has(name)));
}

const working: ReadonlySet<string> = new Set([
  'Immediate',
  'FSReqPromise',
  'FSReqCallback',
  'FileHandleCloseReq',
  'CloseReq',
]);
