import type { NodeArguments } from './arguments';
import { USUAL_MS } from './arguments';
import { NODE_COUNTS, noNodeCounts } from './counts';
import type { NodeOutcome } from './simulation';
import { noCrashes, SIDES, STEPS } from './steps';

/** So many seeds of the usual length, and nothing that can happen is left to luck. */
const SEEDS_FOR_ALL = 300;

export class NodeTotals {
  readonly counts = noNodeCounts();
  readonly crashes = noCrashes();
  readonly failed: NodeOutcome[] = [];
  seeds = 0;
  events = 0;
  milliseconds = 0;

  add(outcome: NodeOutcome): void {
    this.seeds += 1;
    this.events += outcome.events;
    this.milliseconds += outcome.milliseconds;
    for (const name of NODE_COUNTS) this.counts[name] += outcome.counts[name];
    for (const step of STEPS) for (const side of SIDES) this.crashes[step][side] += outcome.crashes[step][side];
    if (outcome.failure !== null) this.failed.push(outcome);
  }

  /** What did not occur although every run of many seeds has to have met it. */
  get missing(): string[] {
    const points = STEPS.flatMap((step) =>
      SIDES.filter((side) => this.crashes[step][side] === 0).map((side) => `a crash ${side} ${step}`),
    );
    return [...NODE_COUNTS.filter((name) => this.counts[name] === 0), ...points];
  }
}

export interface NodeReport {
  readonly lines: readonly string[];
  readonly passed: boolean;
}

/** What a run has seen, and whether it has seen enough to prove anything. */
export function report(given: NodeArguments, totals: NodeTotals, seconds: number): NodeReport {
  const { counts, crashes, failed, missing } = totals;
  const isJudged = given.milliseconds >= USUAL_MS && given.seeds >= SEEDS_FOR_ALL;
  const hours = (totals.milliseconds / 3_600_000).toFixed(1);
  const points = STEPS.map((step) => `${step} ${crashes[step].before}/${crashes[step].after}`);
  const lines = [
    `one node: seeds ${totals.seeds}, events ${totals.events}, simulated time ${hours} h, in ${seconds.toFixed(1)} s`,
    NODE_COUNTS.map((name) => `${name} ${counts[name]}`).join(', '),
    `crashes before/after: ${points.join(', ')}`,
    `violations ${failed.length}`,
  ];
  if (!isJudged)
    lines.push(`not judged by everything at least once: that takes ${SEEDS_FOR_ALL} seeds of ${USUAL_MS} ms`);
  else if (missing.length > 0)
    lines.push(`never happened: ${missing.join(', ')}: this run has proven less than it should`);
  return { lines, passed: failed.length === 0 && !(isJudged && missing.length > 0) };
}

export function failureText({ milliseconds }: NodeArguments, { seed, events, failure }: NodeOutcome): string {
  return [
    `seed ${seed}, event ${events}: ${failure!.invariant}: ${failure!.detail}`,
    `  npm run sim:node -- --seed ${seed} --milliseconds ${milliseconds} --trace`,
  ].join('\n');
}
