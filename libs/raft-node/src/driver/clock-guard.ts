import type { Clock } from '../clock';
import { ClockWatch } from './clock-watch';
import type { LeaderView } from './leader-view';

export interface ClockGuardParts {
  readonly clock: Clock;
  readonly view: LeaderView;
  /** How long a leader tries to hand over before it goes on with the clock that it has. */
  readonly patienceMs: number;
  /** Others vote here: somebody can take over. */
  readonly hasOthers: () => boolean;
  readonly handOver: () => void;
  readonly warn: (message: string) => void;
}

/**
 * A leader stamps entries with its wall clock, so one whose clock jumps hands leadership to a node whose clock did not,
 * and stamps nothing until then. A group of one can only say so.
 */
export class ClockGuard {
  private readonly watch: ClockWatch;
  private doubtedUntil: number | undefined;

  constructor(private readonly parts: ClockGuardParts) {
    this.watch = new ClockWatch(parts.clock);
  }

  mayStamp(): boolean {
    this.check();
    return this.doubtedUntil === undefined;
  }

  tick(): void {
    this.check();
    if (this.doubtedUntil === undefined) return;
    const { clock, view, handOver, warn } = this.parts;
    if (!view.leads) this.doubtedUntil = undefined;
    else if (clock.monotonic() < this.doubtedUntil) handOver();
    else {
      this.doubtedUntil = undefined;
      warn('Nobody took over after the wall clock jumped: this leader goes on with it.');
    }
  }

  private check(): void {
    const jump = this.watch.jumped();
    if (jump === 0) return;
    const { clock, view, hasOthers, patienceMs, handOver, warn } = this.parts;
    const handsOver = view.leads && hasOthers();
    warn(`The wall clock jumped by ${Math.round(jump)} ms.${handsOver ? ' This leader hands leadership over.' : ''}`);
    if (!handsOver) return;
    this.doubtedUntil = clock.monotonic() + patienceMs;
    handOver();
  }
}
