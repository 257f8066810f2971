import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Mutant } from './mutants';
import type { Outcome } from './simulation';
import type { WorldOptions } from './world';

export interface WorkerOrder {
  readonly mutant: Mutant | null;
  /** What the thread runs: a source with a function `simulate`. */
  readonly program: Program;
}

/** A group of nodes, or the many lives of one. */
export type Program = './simulation.ts' | './node/simulation.ts';

/** A thread that runs one seed after another. Its modules are its own: a planted bug stays in it. */
export class SimulationThread<Options = Omit<WorldOptions, 'trace'>, Result = Outcome> {
  private readonly worker: Worker;

  constructor(mutant: Mutant | null = null, program: Program = './simulation.ts') {
    const order: WorkerOrder = { mutant, program };
    this.worker = new Worker(join(__dirname, 'worker.cjs'), { workerData: order });
  }

  run(options: Options): Promise<Result> {
    return new Promise((resolve, reject) => {
      const ended = (outcome: Result): void => {
        this.worker.off('error', failed);
        resolve(outcome);
      };
      const failed = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)));
      this.worker.once('message', ended);
      this.worker.once('error', failed);
      this.worker.postMessage(options);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Runs `work` for every item, `jobs` at a time; `work` is told which of the jobs runs it. */
export async function inParallel<T>(
  items: Iterable<T>,
  jobs: number,
  work: (item: T, job: number) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const one = async (job: number): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value, job);
  };
  await Promise.all(Array.from({ length: jobs }, (_, job) => one(job)));
}
