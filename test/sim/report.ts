import type { Arguments } from './arguments';
import { nodesOf } from './arguments';
import type { Counts, Deed, Fault } from './faults';
import { addCounts, DEEDS, FAULTS, noCounts } from './faults';
import type { Outcome } from './simulation';
import { FEWEST_ELECTIONS } from './simulation';

/** What a seed must have seen to count for anything, in a run of the usual length with all faults. */
const FEWEST_EVENTS = 20_000;

/** So many seeds, and nothing that can happen is left to luck. */
const SEEDS_FOR_ALL = 100;

export class Totals {
  readonly counts = noCounts();
  readonly failed: Outcome[] = [];
  seeds = 0;
  events = 0;
  milliseconds = 0;
  longestRecovery = 0;
  /** Of the seeds without a violation; a violation ends its seed early. */
  private readonly sound: Outcome[] = [];

  add(outcome: Outcome): void {
    this.seeds++;
    this.events += outcome.events;
    this.milliseconds += outcome.milliseconds;
    addCounts(this.counts, outcome.counts);
    if (outcome.failure !== null) return void this.failed.push(outcome);
    this.sound.push(outcome);
    this.longestRecovery = Math.max(this.longestRecovery, outcome.recovery);
  }

  /** The seed that has seen the least of something. */
  fewest(of: (outcome: Outcome) => number): Outcome | undefined {
    let found = this.sound[0];
    for (const outcome of this.sound) if (of(outcome) < of(found!)) found = outcome;
    return found;
  }
}

const eventsOf = ({ events }: Outcome): number => events;
const electionsOf = ({ counts }: Outcome): number => counts.elections;

export interface Report {
  readonly lines: readonly string[];
  readonly passed: boolean;
}

/** What a run has seen, and whether it has seen enough to prove anything. */
export function report(given: Arguments, totals: Totals, seconds: number): Report {
  const { counts, failed } = totals;
  const shortcomings = [...belowMinimum(given, totals), ...neverHappened(given, totals)];
  const lines = [
    `seeds ${totals.seeds}, events ${totals.events}, simulated time ${duration(totals.milliseconds)}, in ${duration(seconds * 1000)}`,
    ...eachSeed(totals),
    `faults: ${list(counts, given.faults)}`,
    list(counts, DEEDS),
    `violations ${failed.length}`,
    ...shortcomings.map((what) => `${what}: this run has proven less than it should`),
    ...notJudged(given),
  ];
  if (given.seeds === 1) lines.push(...failed.map((outcome) => failureText(given, outcome)));
  return { lines, passed: failed.length === 0 && shortcomings.length === 0 };
}

export function failureText({ steps, nodes, faults }: Arguments, { seed, events, failure }: Outcome): string {
  const chosen = faults.length < FAULTS.length ? ` --faults ${faults.join(',')}` : '';
  return [
    `seed ${seed}, event ${events}: ${failure!.invariant}: ${failure!.detail}`,
    `  npm run sim -- --seed ${seed} --steps ${steps} --nodes ${nodesOf(seed, nodes)}${chosen} --trace`,
  ].join('\n');
}

function eachSeed(totals: Totals): string[] {
  const [events, elections] = [totals.fewest(eventsOf)?.events, totals.fewest(electionsOf)?.counts.elections];
  if (events === undefined) return [];
  return [
    `each seed: at least ${events} events and ${elections} elections; healed, at most ${totals.longestRecovery} ms to progress everywhere`,
  ];
}

const isShort = ({ steps }: Arguments): boolean => steps < FEWEST_EVENTS;
const isTame = ({ faults }: Arguments): boolean => faults.length < FAULTS.length;

function belowMinimum(given: Arguments, totals: Totals): string[] {
  if (isShort(given)) return [];
  const found: string[] = [];
  const [events, elections] = [totals.fewest(eventsOf), totals.fewest(electionsOf)];
  if (events !== undefined && events.events < FEWEST_EVENTS) {
    found.push(`seed ${events.seed} had ${events.events} events, not ${FEWEST_EVENTS}`);
  }
  if (elections !== undefined && elections.counts.elections < FEWEST_ELECTIONS && !isTame(given)) {
    found.push(`seed ${elections.seed} had ${elections.counts.elections} elections, not ${FEWEST_ELECTIONS}`);
  }
  return found;
}

/** Without some of the faults there may be nothing to restart or to replace: then only the faults asked for must occur. */
function neverHappened(given: Arguments, { counts }: Totals): string[] {
  if (isShort(given) || given.seeds < SEEDS_FOR_ALL) return [];
  const wanted: readonly (Fault | Deed)[] = isTame(given) ? given.faults : [...given.faults, ...DEEDS];
  const missing = wanted.filter((name) => counts[name] === 0);
  return missing.length > 0 ? [`never happened: ${missing.join(', ')}`] : [];
}

/** Says what a run was not held to, and why. */
function notJudged(given: Arguments): string[] {
  const perSeed = `at least ${FEWEST_EVENTS} events and ${FEWEST_ELECTIONS} elections a seed`;
  const every = 'every fault at least once';
  if (isShort(given))
    return [`not judged by ${perSeed}, ${every}: ${given.steps} steps are fewer than ${FEWEST_EVENTS}`];
  const lines: string[] = [];
  if (isTame(given)) lines.push(`not judged by ${FEWEST_ELECTIONS} elections a seed: some faults are left out`);
  if (given.seeds < SEEDS_FOR_ALL) {
    lines.push(`not judged by ${every}: ${given.seeds} of the ${SEEDS_FOR_ALL} seeds that takes`);
  }
  return lines;
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3600 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function list(counts: Counts, names: readonly (Fault | Deed)[]): string {
  return names.map((name) => `${name} ${counts[name]}`).join(', ');
}
