import { Worker } from 'node:worker_threads';

export interface WorkerPoolOptions {
  /** A module for `Worker`: a file, or source text with `eval`. */
  readonly entry: { readonly source: string; readonly eval: boolean };
  readonly size: number;
  /** How long one job may run; waiting does not count. */
  readonly timeLimitMs: number;
  readonly maxWaiting: number;
  readonly maxHeapMb: number;
}

/** The job ran longer, or needed more memory, than it may; its thread was ended. */
export class JobCutOff extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export class PoolFull extends Error {}
export class PoolClosed extends Error {}

interface Job<Request, Reply> {
  readonly request: Request;
  /** Jobs that were cut off before share a group; see `takeNext`. */
  readonly group: string | null;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

interface Seat<Request, Reply> {
  readonly worker: Worker;
  ready: boolean;
  job: Job<Request, Reply> | undefined;
  timer: NodeJS.Timeout | undefined;
}

const maxSuspects = 1000;

/**
 * Runs jobs on threads that can be ended. A thread has one job at a time and everything else waits here, so ending a
 * thread takes nobody else's job with it. Threads start when they are needed and do not keep the process alive.
 */
export class WorkerPool<Request, Reply> {
  private readonly seats = new Set<Seat<Request, Reply>>();
  private readonly waiting: Job<Request, Reply>[] = [];
  /** Groups with a job that was cut off. With two threads or more they never occupy the last one. */
  private readonly suspects = new Set<string>();
  private isClosed = false;

  constructor(private readonly options: WorkerPoolOptions) {}

  run(request: Request, group: string | null): Promise<Reply> {
    if (this.isClosed) return Promise.reject(new PoolClosed('the validator is closed'));
    if (this.waiting.length >= this.options.maxWaiting)
      return Promise.reject(new PoolFull('too many validations are waiting'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, group, resolve, reject });
      this.dispatch();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const seats = [...this.seats];
    for (const seat of seats) this.settle(seat, (job) => job.reject(new PoolClosed('the validator is closed')));
    for (const job of this.waiting.splice(0)) job.reject(new PoolClosed('the validator is closed'));
    this.seats.clear();
    await Promise.all(seats.map(({ worker }) => worker.terminate()));
  }

  private dispatch(): void {
    for (const seat of this.seats) {
      if (!seat.ready || seat.job) continue;
      const job = this.takeNext();
      if (!job) return;
      this.start(seat, job);
    }
    const starting = [...this.seats].filter(({ ready }) => !ready).length;
    if (this.waiting.length > starting && this.seats.size < this.options.size) this.openSeat();
  }

  private takeNext(): Job<Request, Reply> | undefined {
    const occupied = [...this.seats].filter(({ job }) => job && this.isSuspect(job)).length;
    const mayTakeSuspect = this.options.size === 1 || occupied < this.options.size - 1;
    const index = this.waiting.findIndex((job) => mayTakeSuspect || !this.isSuspect(job));
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }

  private isSuspect({ group }: Job<Request, Reply>): boolean {
    return group !== null && this.suspects.has(group);
  }

  private start(seat: Seat<Request, Reply>, job: Job<Request, Reply>): void {
    seat.job = job;
    seat.worker.ref();
    seat.timer = setTimeout(
      () => this.cutOff(seat, `it took longer than ${this.options.timeLimitMs} ms`),
      this.options.timeLimitMs,
    );
    seat.worker.postMessage(job.request);
  }

  private openSeat(): void {
    const { entry, maxHeapMb } = this.options;
    const worker = new Worker(entry.source, {
      eval: entry.eval,
      // It needs no secrets of ours.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, stackSizeMb: 8 },
    });
    const seat: Seat<Request, Reply> = { worker, ready: false, job: undefined, timer: undefined };
    this.seats.add(seat);
    worker.on('message', (message: Reply | 'ready') => this.receive(seat, message));
    worker.on('error', (error: NodeJS.ErrnoException) => this.lose(seat, error));
    worker.on('exit', () => this.lose(seat, new Error('the validation thread ended')));
  }

  private receive(seat: Seat<Request, Reply>, message: Reply | 'ready'): void {
    if (message === 'ready') {
      seat.ready = true;
      seat.worker.unref();
    } else {
      this.settle(seat, (job) => job.resolve(message));
      seat.worker.unref();
    }
    this.dispatch();
  }

  private cutOff(seat: Seat<Request, Reply>, reason: string): void {
    const group = seat.job?.group;
    if (group != null) this.suspect(group);
    this.seats.delete(seat);
    this.settle(seat, (job) => job.reject(new JobCutOff(reason)));
    void seat.worker.terminate();
    this.dispatch();
  }

  /** The thread ended by itself: out of memory, or a fault of ours. */
  private lose(seat: Seat<Request, Reply>, error: NodeJS.ErrnoException): void {
    if (!this.seats.has(seat)) return;
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return this.cutOff(seat, `it needed more than ${this.options.maxHeapMb} MB`);
    this.seats.delete(seat);
    this.settle(seat, (job) => job.reject(error));
    // A thread that cannot even start would be opened for ever.
    if (!seat.ready) for (const job of this.waiting.splice(0)) job.reject(error);
    this.dispatch();
  }

  private settle(seat: Seat<Request, Reply>, outcome: (job: Job<Request, Reply>) => void): void {
    clearTimeout(seat.timer);
    const { job } = seat;
    seat.job = undefined;
    if (job) outcome(job);
  }

  private suspect(group: string): void {
    const [oldest] = this.suspects;
    if (this.suspects.size >= maxSuspects && oldest !== undefined) this.suspects.delete(oldest);
    this.suspects.add(group);
  }
}
