import type { Configuration, RaftOptions } from '@config-guardian/raft';
import { Chance } from './chance';
import { Checker } from './checker/checker';
import { EventQueue } from './event-queue';
import type { Counts, Fault } from './faults';
import { FAULTS, noCounts } from './faults';

export interface WorldOptions {
  readonly seed: number;
  /** Voters at the beginning; two more nodes stand by. */
  readonly nodes: 3 | 5;
  /** Events before everything is healed. */
  readonly steps: number;
  readonly faults?: readonly Fault[];
  /** With a planted bug a member may throw anything: then it dies and starts again, and the invariants have to tell. */
  readonly survivesExceptions?: boolean;
  readonly trace?: (line: string) => void;
}

/** Members of one cluster are set up alike; every seed has a set-up of its own. */
export type CoreOptions = Omit<RaftOptions, 'id' | 'storage' | 'random' | 'applied'>;

/** Milliseconds of simulated time. */
export const TICK = 10;

/** Time, chance, the books and the invariants: what every part of a simulation shares. */
export class World {
  now = 0;
  events = 0;
  exceptions = 0;
  readonly counts: Counts = noCounts();
  readonly chance: Chance;
  readonly queue = new EventQueue();
  readonly checker: Checker;
  readonly core: CoreOptions;
  private readonly enabled: ReadonlySet<Fault>;
  private fingerprint = 0;

  constructor(
    readonly options: WorldOptions,
    readonly formedWith: Configuration,
  ) {
    this.chance = new Chance(options.seed);
    this.checker = new Checker(formedWith);
    this.enabled = new Set(options.faults ?? FAULTS);
    this.core = someOptions(this.chance.fork());
  }

  get tracing(): boolean {
    return this.options.trace !== undefined;
  }

  may(fault: Fault): boolean {
    return this.enabled.has(fault);
  }

  later(delay: number, run: () => void): void {
    this.queue.add(this.now + delay, run);
  }

  /** Runs the next event. False when there is none. */
  step(): boolean {
    const event = this.queue.take();
    if (event === undefined) return false;
    this.now = event.at;
    this.events++;
    event.run();
    return true;
  }

  trace(who: string, what: string): void {
    this.options.trace?.(`${String(this.now).padStart(7)} ms  ${who.padEnd(6)} ${what}`);
  }

  /** Everything that happens leaves its mark: two runs are the same run when the marks are. */
  mark(value: number): void {
    this.fingerprint = (Math.imul(this.fingerprint ^ value, 0x9e3779b1) + this.now) | 0;
  }

  get hash(): string {
    return (this.fingerprint >>> 0).toString(16).padStart(8, '0');
  }
}

/** Limits so small that every one of them is met. */
function someOptions(chance: Chance): CoreOptions {
  const maxSizePerMsg = chance.between(200, 4000);
  return {
    electionTicks: 10,
    heartbeatTicks: chance.between(1, 3),
    candidacyTicks: chance.pick([5, 10]),
    preVote: chance.happens(0.75),
    checkQuorum: chance.happens(0.75),
    maxSizePerMsg,
    maxApplyingSize: chance.between(500, 8000),
    maxUncommittedSize: chance.between(4000, 40_000),
    maxInflightMsgs: chance.between(1, 16),
    maxInflightBytes: maxSizePerMsg * chance.between(1, 8),
  };
}
