import type { MemberId } from './identity';

/** Where the answer to a read goes: to a caller on this member, or back to a follower's batch. */
export type ReadOrigin = { readonly id: number } | { readonly from: MemberId; readonly context: number };

export interface WaitingRead {
  readonly origin: ReadOrigin;
  /** The commit index when the read arrived: what it must see. */
  readonly index: number;
  readonly round: number;
}

/**
 * The leader's reads. A read is served after a quorum has answered a heartbeat sent *after* the read arrived: that
 * proves that no later leader had committed anything the read could miss (thesis 6.4). Heartbeats carry the number of a
 * round, a counter of this leader that never repeats; whatever name the caller gives a read has no part in it.
 */
export class ReadRounds {
  private waiting: WaitingRead[] = [];
  private acked = new Map<MemberId, number>();
  /** The round that the next broadcast opens; a read that arrives now waits for it. */
  private nextRound = 1;
  private confirmed = 0;
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private sent: { readonly round: number; readonly at: number }[] = [];

  /** All reads that arrive before the next broadcast share its round. */
  add(origin: ReadOrigin, index: number): void {
    this.waiting.push({ origin, index, round: this.nextRound });
  }

  /** Some read waits for a round that no heartbeat has carried yet. */
  needsRound(): boolean {
    return this.waiting.length > 0 && this.waiting.at(-1)!.round === this.nextRound;
  }

  /** Starts the next round; its heartbeats leave now. */
  open(now: number): number {
    this.sent.push({ round: this.nextRound, at: now });
    return this.nextRound++;
  }

  /** The tick at which the newest round with a quorum was sent: no later leader existed then. */
  confirmedSentAt(): number {
    return this.confirmedAt;
  }

  /** What periodic heartbeats repeat, so that a lost round is confirmed later; 0 when nothing waits. */
  unconfirmed(): number {
    return this.waiting.length > 0 && this.nextRound - 1 > this.confirmed ? this.nextRound - 1 : 0;
  }

  /** Answers may overtake each other: only the highest counts. */
  acknowledge(member: MemberId, round: number): void {
    if (round > (this.acked.get(member) ?? 0)) this.acked.set(member, round);
  }

  ackedBy(member: MemberId): number {
    return this.acked.get(member) ?? 0;
  }

  /** Every round up to `round` has its quorum. Returns the reads that may be answered. */
  confirm(round: number): readonly WaitingRead[] {
    if (round <= this.confirmed) return [];
    this.confirmed = Math.min(round, this.nextRound - 1);
    while (this.sent.length > 0 && this.sent[0]!.round <= this.confirmed) this.confirmedAt = this.sent.shift()!.at;
    const end = this.waiting.findIndex((read) => read.round > this.confirmed);
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end);
  }

  /** This leader's time is over; returns the reads that will not be answered. Rounds go on counting. */
  abandon(): readonly WaitingRead[] {
    this.acked.clear();
    this.confirmed = this.nextRound - 1;
    this.confirmedAt = Number.NEGATIVE_INFINITY;
    this.sent = [];
    return this.waiting.splice(0);
  }
}
