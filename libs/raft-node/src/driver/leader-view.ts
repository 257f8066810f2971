import type { MemberId, SoftState } from '@config-guardian/raft';
import { nodeOf } from '@config-guardian/raft';
import type { Leadership } from '../replicated-log';

/** Who leads, as the core last told it, and who wants to hear of it. */
export class LeaderView {
  leads = false;
  leader: MemberId | null = null;
  /** What the core says of itself. */
  role: SoftState['role'] = 'follower';
  term = 0;
  private readonly listeners: ((now: Leadership) => void)[] = [];

  get leaderId(): string | null {
    return this.leader === null ? null : nodeOf(this.leader);
  }

  onChange(listener: (now: Leadership) => void): void {
    this.listeners.push(listener);
  }

  /** True when something changed. */
  take({ role, leader }: SoftState, term: number): boolean {
    const leads = role === 'leader';
    const changed = leads !== this.leads || leader !== this.leader || term !== this.term;
    [this.role, this.leads, this.leader, this.term] = [role, leads, leader, term];
    if (changed) for (const listener of this.listeners) listener({ leads, leaderId: this.leaderId, term });
    return changed;
  }
}
