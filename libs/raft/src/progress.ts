import type { Inflights } from './inflights';

/**
 * `probe`: where the logs match is not known; one message at a time. `replicate`: it is known; messages are pipelined
 * within the window. `snapshot`: the member needs entries that are gone; nothing is sent until the snapshot arrived.
 */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What the leader knows of one member. Invariant: `match < next`. */
export class Progress {
  state: ProgressState = 'probe';
  /** The member's log equals the leader's up to here, durably. */
  match = 0;
  pendingSnapshot = 0;
  /** Answered since the last check of the quorum. */
  recentActive = false;
  /** Probing: a probe is out and unanswered. */
  paused = false;
  /** A heartbeat was answered though entries are unacknowledged: they may be lost, so ask. */
  nudged = false;
  /** The highest commit index the member can know of from what was sent. */
  sentCommit = 0;

  constructor(
    public next: number,
    readonly inflights: Inflights,
  ) {}

  becomeProbe(): void {
    const next = Math.max(this.match, this.pendingSnapshot) + 1;
    this.become('probe', next);
  }

  becomeReplicate(): void {
    this.become('replicate', this.match + 1);
  }

  becomeSnapshot(index: number): void {
    this.become('snapshot', index + 1);
    this.pendingSnapshot = index;
    this.sentCommit = index;
  }

  abandonSnapshot(): void {
    this.pendingSnapshot = 0;
    this.becomeProbe();
  }

  /** A message with `count` entries from `next` on, `size` bytes, and this commit index went out. */
  sent(count: number, size: number, commit: number): void {
    const last = this.next + count - 1;
    this.sentCommit = Math.max(this.sentCommit, Math.min(commit, last));
    this.nudged = false;
    if (this.state === 'probe') {
      this.paused = true;
    } else if (count > 0) {
      this.next = last + 1;
      this.inflights.add(last, size);
    }
  }

  /** True when the member is known to hold everything sent but not the newest commit index it could use. */
  owesCommit(commit: number): boolean {
    return Math.min(commit, this.next - 1) > this.sentCommit;
  }

  /** False for an acknowledgement that says nothing new. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.paused = false;
    return true;
  }

  /** The member refused to append after `index`; false when the refusal is older than what is known. */
  reject(index: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (index <= this.match) return false;
      this.becomeProbe();
      return true;
    }
    if (this.state === 'snapshot' || this.next - 1 !== index) return false;
    this.rewind(Math.max(Math.min(index, hint + 1), this.match + 1));
    this.paused = false;
    return true;
  }

  private become(state: ProgressState, next: number): void {
    this.state = state;
    this.pendingSnapshot = 0;
    this.paused = false;
    this.nudged = false;
    this.inflights.clear();
    this.rewind(next);
  }

  private rewind(next: number): void {
    this.next = next;
    this.sentCommit = Math.min(this.sentCommit, next - 1);
  }
}
