import type { LogStatus } from '@config-guardian/raft-node';
import { reject } from '../common/rejected';
import type { Watermark } from '../common/watermark';
import type { Deadline } from '../common/deadline';
import { within } from '../common/within';
import type { ReadConsistency } from '../common/http/request-context';

/** What the barrier needs of the log. */
export interface BarrierLog {
  readIndex(): Promise<number>;
  status(): LogStatus;
}

export interface BarrierObservation {
  onRound(seconds: number): void;
}

/**
 * Holds a read back until this node's state may answer it. Reads that wait at the same time share one round: a round
 * serves those who came before it was sent.
 */
export class ReadBarrier {
  #sent: Promise<number> | undefined;
  #next: Promise<number> | undefined;
  #freshSince = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly log: BarrierLog,
    private readonly applied: Watermark,
    /** Rejects for an index of a cluster whose state this one goes on with, but without that index. */
    private readonly refuseLost: (index: number) => void = () => undefined,
    private readonly observed: BarrierObservation = { onRound: () => undefined },
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Age of this node's state in milliseconds: counted from the sending of the newest round that completed. */
  get ageMs(): number {
    return this.now() - this.#freshSince;
  }

  /** Whether a leader has confirmed this state since the node started: before that nobody knows how old it is. */
  get wasConfirmed(): boolean {
    return this.#freshSince !== Number.NEGATIVE_INFINITY;
  }

  /** Resolves with the index that the state stands at, at least. */
  async pass(read: ReadConsistency, deadline: Deadline): Promise<number> {
    if (read.level === 'linearizable') await within(deadline, this.confirm(), () => this.#late());
    else this.#refuseStale(read.maxStalenessMs);
    if (read.minIndex !== null) {
      this.refuseLost(read.minIndex);
      const reached = this.applied.reached(read.minIndex);
      if (reached)
        await within(deadline, reached, () => {
          this.applied.forget(reached);
          return reject('index-not-reached', `This node stands at index ${this.applied.value}.`);
        });
    }
    return this.applied.value;
  }

  /** One confirmed round: afterwards the state reflects every write acknowledged before the call. */
  confirm(): Promise<number> {
    if (!this.#sent) return (this.#sent = this.#round());
    // A round already under way may have been sent before this read came; the next one was not.
    this.#next ??= this.#sent.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<number> {
    this.#next = undefined;
    return (this.#sent = this.#round());
  }

  async #round(): Promise<number> {
    const sentAt = this.now();
    try {
      const index = await this.log.readIndex();
      await this.applied.reached(index);
      this.observed.onRound((this.now() - sentAt) / 1000);
      this.#freshSince = Math.max(this.#freshSince, sentAt);
      return index;
    } finally {
      this.#sent = undefined;
    }
  }

  #late(): never {
    if (this.log.status().leaderId !== null) reject('timeout');
    return reject('no-leader', { detail: 'No leader is known that could confirm the read.', retryAfterSeconds: 1 });
  }

  #refuseStale(maxStalenessMs: number | null): void {
    if (!this.wasConfirmed) reject('too-stale', 'No leader has confirmed this state since the node started.');
    if (maxStalenessMs !== null && this.ageMs > maxStalenessMs)
      reject('too-stale', `The state may be ${Math.ceil(this.ageMs)} ms old.`);
  }
}
