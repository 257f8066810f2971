import type { MemberId } from '@config-guardian/raft';
import type { Clock } from '../clock';

/** When each member was last heard. */
export class Contacts {
  private readonly heardAt = new Map<MemberId, number>();

  constructor(private readonly clock: Clock) {}

  heard(member: MemberId): void {
    this.heardAt.set(member, this.clock.monotonic());
  }

  /** Milliseconds since then; null when it was never heard. */
  silence(member: MemberId): number | null {
    const at = this.heardAt.get(member);
    return at === undefined ? null : Math.max(0, this.clock.monotonic() - at);
  }
}
