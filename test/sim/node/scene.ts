import { Chance } from '../chance';
import type { NodeCounts } from './counts';
import { noNodeCounts } from './counts';
import type { CrashCounts } from './steps';
import { CrashPlan, noCrashes } from './steps';
import { VirtualTime } from './virtual-time';

/** What must hold whatever dies, and when. */
export const NODE_INVARIANTS = [
  'Acknowledged Is Durable',
  'Promised Is Durable',
  'Synced Is Recovered',
  'Database Behind The Log',
  'Database Is A Replay',
  'State Is A Replay',
  'Applied Never Changes',
  'Only Committed Is Applied',
  'Forgotten Is Durable',
  'Flushed Is Visible',
  'A Node Lives On',
  'Boot Needs No Hand',
  'Damage Is Refused',
  'Progress',
] as const;
export type NodeInvariant = (typeof NODE_INVARIANTS)[number];

export interface SceneOptions {
  readonly seed: number;
  /** Milliseconds of simulated time before everything is healed. */
  readonly milliseconds: number;
  readonly trace?: (line: string) => void;
}

/** Time, chance, the books and the verdict: what every part of the simulation of one node shares. */
export class Scene {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly counts: NodeCounts = noNodeCounts();
  readonly crashes: CrashCounts = noCrashes();
  readonly plan = new CrashPlan();
  /** The first one. It is not thrown: the code under test would take it for an error of its disk or its database. */
  violation: { readonly invariant: NodeInvariant; readonly detail: string } | undefined;
  private fingerprint = 0;

  constructor(readonly options: SceneOptions) {
    this.chance = new Chance(options.seed);
  }

  violated(invariant: NodeInvariant, detail: string): void {
    if (this.violation) return;
    this.violation = { invariant, detail };
    this.trace(`${invariant}: ${detail}`);
  }

  trace(what: string): void {
    this.options.trace?.(`${String(this.time.now).padStart(7)} ms  ${what}`);
  }

  /** Two runs are the same run when their marks are. */
  mark(value: number): void {
    this.fingerprint = (Math.imul(this.fingerprint ^ value, 0x9e3779b1) + this.time.now) | 0;
  }

  get hash(): string {
    return (this.fingerprint >>> 0).toString(16).padStart(8, '0');
  }
}
