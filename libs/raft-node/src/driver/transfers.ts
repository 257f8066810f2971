import type { MemberId, RawNode, Refused } from '@config-guardian/raft';
import { nodeOf } from '@config-guardian/raft';
import { LogError } from '../replicated-log';
import type { LeaderView } from './leader-view';

interface Waiting {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: LogError) => void;
}

/** Leadership on its way from this node to another. */
export class Transfers {
  private waiting: Waiting[] = [];

  constructor(
    private readonly node: RawNode,
    private readonly view: LeaderView,
    private readonly wake: () => void,
  ) {}

  /** Asks the named node, or the voter that is furthest along, to take over. */
  begin(to: string | null): { readonly ok: true } | Refused {
    const member = this.target(to);
    if (member === undefined) return { ok: false, reason: 'not-a-voter' };
    const begun = this.node.transferLeadership(member);
    this.wake();
    return begun;
  }

  transfer(to: string | null, deadlineMs: number): Promise<void> {
    const begun = this.begin(to);
    if (!begun.ok) {
      return Promise.reject(
        new LogError('refused', `Leadership cannot be handed over: ${begun.reason}.`, begun.reason),
      );
    }
    return new Promise((resolve, reject) => this.waiting.push({ deadlineMs, resolve, reject }));
  }

  leaderChanged(): void {
    if (this.view.leads || this.view.leader === null) return;
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** The core gives up by itself after an election timeout. */
  expire(now: number): void {
    if (this.waiting.length === 0) return;
    const givenUp = this.view.leads && this.node.status().transferee === null;
    this.waiting = this.waiting.filter(({ deadlineMs, reject }) => {
      if (!givenUp && now < deadlineMs) return true;
      reject(new LogError('refused', 'Nobody took leadership over in time.', 'not-a-voter'));
      return false;
    });
  }

  end(error: LogError): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  private target(to: string | null): MemberId | undefined {
    const { id, configuration, progress } = this.node.status();
    if (to !== null) return configuration.voters.find((member) => nodeOf(member) === to);
    const candidates = progress.filter(
      ({ member, recentActive }) => member !== id && recentActive && configuration.voters.includes(member),
    );
    return candidates.sort((a, b) => b.match - a.match)[0]?.member;
  }
}
