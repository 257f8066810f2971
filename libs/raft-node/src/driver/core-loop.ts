import type { RawNode, Ready } from '@config-guardian/raft';

export interface LoopWork {
  /** Gives the core what has gathered for it since the last turn. */
  gather(): void;
  take(ready: Ready): void;
  fail(error: unknown): void;
}

/**
 * The one place that drives the core. Whatever happens (a message, a tick, a proposal, a finished sync) changes only
 * memory and asks for a turn; the turn takes all the work that has come of it, so that what came together shares
 * messages and syncs.
 */
export class CoreLoop {
  private asked = false;
  private ended = false;

  constructor(
    private readonly node: RawNode,
    private readonly work: LoopWork,
  ) {}

  /** Asks for a turn, after everything that the event loop has to tell just now. */
  wake(): void {
    if (this.asked || this.ended) return;
    this.asked = true;
    setImmediate(() => this.turn());
  }

  /** Something that changes the core; a turn follows. An error in it means that this member can no longer go on. */
  change(work: () => void): void {
    if (this.ended) return;
    try {
      work();
    } catch (error) {
      return this.work.fail(error);
    }
    this.wake();
  }

  turn(): void {
    this.asked = false;
    if (this.ended) return;
    try {
      this.work.gather();
      while (!this.ended && this.node.hasReady()) this.work.take(this.node.ready());
    } catch (error) {
      this.work.fail(error);
    }
  }

  end(): void {
    this.ended = true;
  }
}
