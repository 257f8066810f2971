import { setTimeout as wait } from 'node:timers/promises';

export interface Pace {
  /** Pause between two operations of a client that waits for each. */
  readonly paceMs: number;
  /** Instead: an operation is due so often. */
  readonly everyMs?: number;
}

/**
 * Waits until the next operation may begin and answers from when its time counts. At a fixed rate it counts from when
 * it was due: the operations that an outage held up would otherwise be missing from what clients felt.
 */
export async function nextTurn(lastDue: number, { paceMs, everyMs }: Pace): Promise<number> {
  if (everyMs === undefined) {
    await wait(paceMs);
    return performance.now();
  }
  const due = lastDue + everyMs;
  await wait(Math.max(0, due - performance.now()));
  return due;
}
