import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';

/** The number that the system knows the calling thread by; null where there is no /proc. */
export function systemThreadId(): number | null {
  try {
    return Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1] ?? Number.NaN) || null;
  } catch {
    return null;
  }
}

/**
 * How long a thread of this process has computed, in milliseconds: unlike the time of day it stands still while the
 * machine is busy with others. Without /proc the process answers for its thread, which never counts too little.
 */
export class ThreadClock {
  readonly #file: number | undefined;
  readonly #text = Buffer.alloc(64);

  constructor(threadId: number | null) {
    this.#file = openTimes(threadId);
  }

  get computedMs(): number {
    try {
      // The first number: nanoseconds on a processor (Documentation/scheduler/sched-stats.rst of Linux).
      if (this.#file !== undefined)
        return Number.parseInt(this.#text.toString('latin1', 0, readSync(this.#file, this.#text, 0, 64, 0)), 10) / 1e6;
    } catch {
      // The thread has ended; whoever waits for it hears of that.
    }
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function openTimes(threadId: number | null): number | undefined {
  if (threadId === null) return undefined;
  try {
    return openSync(`/proc/self/task/${threadId}/schedstat`, 'r');
  } catch {
    return undefined;
  }
}
