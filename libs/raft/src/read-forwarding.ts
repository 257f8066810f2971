interface Batch {
  readonly context: number;
  readonly ids: readonly number[];
  readonly sentAt: number;
}

const counterSpan = 2 ** 26;

/**
 * A follower's reads on their way to the leader, in batches. A batch is named by a number drawn once at boot and a
 * counter: a late answer to a batch of this member's previous life must not answer one of this life.
 */
export class ForwardedReads {
  private waiting: number[] = [];
  private sent: Batch[] = [];
  private context: number;

  constructor(random: () => number) {
    this.context = Math.floor(random() * counterSpan) * counterSpan;
  }

  add(id: number): void {
    this.waiting.push(id);
  }

  hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Everything waiting leaves as one batch. */
  takeBatch(now: number): number {
    this.context++;
    this.sent.push({ context: this.context, ids: this.waiting, sentAt: now });
    this.waiting = [];
    return this.context;
  }

  /** The reads this answer is for: none when it is not an answer to a batch still waiting. */
  answered(context: number): readonly number[] {
    const at = this.sent.findIndex((batch) => batch.context === context);
    return at < 0 ? [] : this.sent.splice(at, 1)[0]!.ids;
  }

  /** Batches sent at or before this tick: question or answer was lost. */
  expire(sentAtOrBefore: number): readonly number[] {
    const end = this.sent.findIndex((batch) => batch.sentAt > sentAtOrBefore);
    return this.sent.splice(0, end < 0 ? this.sent.length : end).flatMap((batch) => batch.ids);
  }

  abandon(): readonly number[] {
    const ids = [...this.sent.flatMap((batch) => batch.ids), ...this.waiting];
    this.sent = [];
    this.waiting = [];
    return ids;
  }
}
