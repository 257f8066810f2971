import { Worker } from 'node:worker_threads';
import { ThreadClock } from './thread-clock';
import type { ThreadMessage } from './thread-messages';

export interface WorkerPoolOptions {
  /** A module for `Worker`: a file, or source text with `eval`. */
  readonly entry: { readonly source: string; readonly eval: boolean };
  readonly size: number;
  /** How long a job may be on a thread, however little of the machine it gets; waiting for a thread does not count. */
  readonly wallLimitMs: number;
  readonly maxWaiting: number;
  readonly maxHeapMb: number;
}

/** The job computed longer, or needed more memory, than it may; its thread was ended. */
export class JobCutOff extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** The machine was too busy to do the job in time; its thread was ended. Nothing is known of the job. */
export class JobStarved extends Error {}

export class PoolFull extends Error {}
export class PoolClosed extends Error {}

interface Job<Request, Reply> {
  readonly request: Request;
  /** Jobs that were cut off before share a group; see `takeNext`. */
  readonly group: string | null;
  /** How long the thread may compute in each phase of the job. */
  readonly limitsMs: readonly number[];
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

interface Seat<Request, Reply> {
  readonly worker: Worker;
  /** Once the thread is ready. */
  clock: ThreadClock | undefined;
  job: Job<Request, Reply> | undefined;
  startedAt: number;
  phase: number;
  /** What the clock showed when the phase began. */
  phaseFrom: number;
  timer: NodeJS.Timeout | undefined;
}

const maxSuspects = 1000;
const shortestWaitMs = 10;

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

  /** `limitsMs`: of computing, one for each phase of the job. */
  run(request: Request, limitsMs: readonly number[], group: string | null = null): Promise<Reply> {
    if (this.isClosed) return Promise.reject(closed());
    if (this.waiting.length >= this.options.maxWaiting)
      return Promise.reject(new PoolFull('Too many tasks of this kind are waiting.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, group, limitsMs, resolve, reject });
      this.dispatch();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const seats = [...this.seats];
    for (const seat of seats) this.settle(seat, (job) => job.reject(closed()));
    for (const job of this.waiting.splice(0)) job.reject(closed());
    this.seats.clear();
    await Promise.all(seats.map(({ worker }) => worker.terminate()));
  }

  private dispatch(): void {
    for (const seat of this.seats) {
      if (!seat.clock || seat.job) continue;
      const job = this.takeNext();
      if (!job) return;
      this.start(seat, job);
    }
    const starting = [...this.seats].filter(({ clock }) => !clock).length;
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
    seat.startedAt = performance.now();
    this.beginPhase(seat, job, 0);
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
    const seat: Seat<Request, Reply> = {
      worker,
      clock: undefined,
      job: undefined,
      startedAt: 0,
      phase: 0,
      phaseFrom: 0,
      timer: undefined,
    };
    this.seats.add(seat);
    worker.on('message', (message: ThreadMessage<Reply>) => this.receive(seat, message));
    worker.on('error', (error: NodeJS.ErrnoException) => this.lose(seat, error));
    worker.on('exit', () => {
      seat.clock?.close();
      this.lose(seat, new Error('the thread ended'));
    });
  }

  private receive(seat: Seat<Request, Reply>, message: ThreadMessage<Reply>): void {
    if (message.kind === 'next-phase') {
      if (seat.job) this.beginPhase(seat, seat.job, seat.phase + 1);
      return;
    }
    if (message.kind === 'ready') seat.clock = new ThreadClock(message.threadId);
    else this.settle(seat, (job) => job.resolve(message.reply));
    seat.worker.unref();
    this.dispatch();
  }

  private beginPhase(seat: Seat<Request, Reply>, job: Job<Request, Reply>, phase: number): void {
    seat.phase = phase;
    seat.phaseFrom = seat.clock?.computedMs ?? 0;
    this.judgeAfter(seat, job, Math.min(job.limitsMs[phase] ?? 0, this.wallLeftMs(seat)));
  }

  private wallLeftMs({ startedAt }: Seat<Request, Reply>): number {
    return this.options.wallLimitMs - (performance.now() - startedAt);
  }

  private judgeAfter(seat: Seat<Request, Reply>, job: Job<Request, Reply>, delayMs: number): void {
    clearTimeout(seat.timer);
    // When this thread was busy, what the other one has said meanwhile is heard first.
    seat.timer = setTimeout(() => {
      const { phase } = seat;
      setImmediate(() => {
        if (seat.job === job && seat.phase === phase) this.judge(seat, job);
      });
    }, delayMs);
  }

  private judge(seat: Seat<Request, Reply>, job: Job<Request, Reply>): void {
    const { wallLimitMs } = this.options;
    const limitMs = job.limitsMs[seat.phase] ?? 0;
    const leftMs = limitMs - ((seat.clock?.computedMs ?? 0) - seat.phaseFrom);
    const wallLeftMs = this.wallLeftMs(seat);
    if (leftMs <= 0) this.cutOff(seat, `it needed more than ${limitMs} ms of computing`);
    else if (wallLeftMs <= 0) this.end(seat, new JobStarved(`The machine is busy: ${wallLimitMs} ms were not enough.`));
    else this.judgeAfter(seat, job, Math.max(shortestWaitMs, Math.min(leftMs, wallLeftMs)));
  }

  private cutOff(seat: Seat<Request, Reply>, reason: string): void {
    const group = seat.job?.group;
    if (group != null) this.suspect(group);
    this.end(seat, new JobCutOff(reason));
  }

  private end(seat: Seat<Request, Reply>, error: Error): void {
    this.seats.delete(seat);
    this.settle(seat, (job) => job.reject(error));
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
    if (!seat.clock) for (const job of this.waiting.splice(0)) job.reject(error);
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

const closed = (): PoolClosed => new PoolClosed('The node is stopping.');
