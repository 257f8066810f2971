import { Rejected } from '../rejected';
import { workerEntry } from '../threads/worker-entry';
import { JobCutOff, JobStarved, PoolClosed, PoolFull, WorkerPool } from '../threads/worker-pool';
import type { DiffRequest } from './diff-text';
import { diffTexts, replacementText } from './diff-text';

/** Two texts that are shorter together are compared at once: a few milliseconds at most. */
const shortTexts = 16 * 1024;
const limitMs = 5000;
const threads = { size: 1, wallLimitMs: 8000, maxWaiting: 32, maxHeapMb: 512 };

/** Compares canonical texts; long ones on a thread, so that nobody waits for it who asked for something else. */
export class TextDiff {
  readonly #pool = new WorkerPool<DiffRequest, Uint8Array>({
    entry: workerEntry(__dirname, 'diff.worker'),
    ...threads,
  });

  /**
   * The members `patch` and `changes` of a JSON object, as text or bytes. What cannot be compared within the limits of
   * time and memory is told as one replacement. Rejects `overloaded` when too many are waiting, `not-ready` when closed.
   */
  async between(request: DiffRequest): Promise<string | Uint8Array> {
    if (request.before === request.after) return '"patch":[],"changes":[]';
    if (request.before.length + request.after.length <= shortTexts) return diffTexts(request);
    try {
      return await this.#pool.run(request, [limitMs]);
    } catch (error) {
      if (error instanceof JobCutOff || error instanceof JobStarved) return replacementText(request);
      const detail = error instanceof Error ? error.message : '';
      if (error instanceof PoolFull) throw new Rejected('overloaded', { detail, retryAfterSeconds: 1 });
      if (error instanceof PoolClosed) throw new Rejected('not-ready', { detail, retryAfterSeconds: 1 });
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
