import { isJoint } from '@config-guardian/raft';
import type { Entry, MembershipChange, RawNode, RefusalReason } from '@config-guardian/raft';
import { LogError } from '../replicated-log';

interface Waiting {
  readonly change: MembershipChange;
  readonly deadlineMs: number;
  place: { readonly index: number; readonly term: number } | null;
  readonly resolve: () => void;
  readonly reject: (error: LogError) => void;
}

/** What passes by itself: the change is asked for again until its deadline. */
const passing = new Set<RefusalReason>(['term-not-committed', 'transferring']);

/** Changes of membership that this leader was asked for. */
export class MembershipChanges {
  private waiting: Waiting[] = [];

  constructor(
    private readonly node: RawNode,
    private readonly wake: () => void,
  ) {}

  change(change: MembershipChange, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ change, deadlineMs, place: null, resolve, reject });
      this.wake();
    });
  }

  gather(): void {
    for (const each of [...this.waiting]) {
      if (each.place !== null) continue;
      const placed = this.node.proposeConfChange(each.change);
      if (placed.ok) each.place = placed;
      else if (!passing.has(placed.reason)) this.settle(each, refusal(placed.reason));
    }
  }

  applied(entries: readonly Entry[]): void {
    if (this.waiting.length === 0) return;
    for (const entry of entries) {
      for (const each of [...this.waiting]) {
        const { place } = each;
        if (place === null) continue;
        if (entry.term > place.term) this.settle(each, lost);
        else if (entry.index >= place.index && entry.type === 'configuration') this.committed(each, entry);
      }
    }
  }

  expire(now: number): void {
    for (const each of [...this.waiting]) {
      if (now < each.deadlineMs) continue;
      if (each.place === null)
        this.settle(each, new LogError('no-leader', 'The leader could not make the change in time.'));
      else this.settle(each, new LogError('outcome-unknown', 'The change was not seen to be committed in time.'));
    }
    if (this.waiting.some(({ place }) => place === null)) this.wake();
  }

  end(error: LogError): void {
    for (const each of [...this.waiting]) this.settle(each, error);
  }

  /** A joint configuration that is left by itself is only half of the change. */
  private committed(each: Waiting, { configuration }: Entry & { readonly type: 'configuration' }): void {
    if (!isJoint(configuration) || !configuration.autoLeave) this.settle(each, undefined);
  }

  private settle(each: Waiting, error: LogError | undefined): void {
    this.waiting = this.waiting.filter((other) => other !== each);
    if (error === undefined) each.resolve();
    else each.reject(error);
  }
}

/** A change may have become a part of what the next leader goes on with, or not. */
const lost = new LogError('outcome-unknown', 'Leadership changed while the change was under way: look at the members.');

function refusal(reason: RefusalReason): LogError {
  if (reason === 'not-leader') return new LogError('no-leader', 'Leadership changed.', reason);
  return new LogError('refused', `The membership cannot be changed so: ${reason}.`, reason);
}
