import { availableParallelism } from 'node:os';
import type { Arguments } from './arguments';
import { nodesOf, readArguments, USAGE } from './arguments';
import type { Counts, Fault } from './faults';
import { addCounts, DEEDS, FAULTS, noCounts } from './faults';
import { inParallel, SimulationThread } from './pool';
import type { Outcome } from './simulation';
import { simulate } from './simulation';

/** Run by `npm run sim`; see `arguments.ts` for what it takes. */
class Totals {
  readonly counts = noCounts();
  readonly failed: Outcome[] = [];
  seeds = 0;
  events = 0;
  milliseconds = 0;
  fewestEvents = Infinity;
  fewestElections = Infinity;
  longestRecovery = 0;

  add(outcome: Outcome): void {
    this.seeds++;
    this.events += outcome.events;
    this.milliseconds += outcome.milliseconds;
    addCounts(this.counts, outcome.counts);
    if (outcome.failure !== null) return void this.failed.push(outcome);
    this.fewestEvents = Math.min(this.fewestEvents, outcome.events);
    this.fewestElections = Math.min(this.fewestElections, outcome.counts.elections);
    this.longestRecovery = Math.max(this.longestRecovery, outcome.recovery);
  }
}

async function main(): Promise<void> {
  let given: Arguments;
  try {
    given = readArguments(process.argv.slice(2), availableParallelism());
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const began = performance.now();
  const totals = new Totals();
  if (given.seeds === 1) totals.add(runAlone(given));
  else await runAll(given, totals);
  report(given, totals, (performance.now() - began) / 1000);
}

function runAlone({ firstSeed: seed, steps, nodes, faults, trace }: Arguments): Outcome {
  const print = trace ? (line: string) => void process.stdout.write(`${line}\n`) : undefined;
  return simulate({ seed, steps, faults, nodes: nodesOf(seed, nodes), trace: print });
}

async function runAll(given: Arguments, totals: Totals): Promise<void> {
  const { firstSeed, seeds, steps, nodes, faults, jobs } = given;
  const threads = Array.from({ length: Math.min(jobs, seeds) }, () => new SimulationThread());
  const all = Array.from({ length: seeds }, (_, at) => firstSeed + at);
  await inParallel(all, threads.length, async (seed, job) => {
    const outcome = await threads[job]!.run({ seed, steps, faults, nodes: nodesOf(seed, nodes) });
    totals.add(outcome);
    if (outcome.failure !== null) console.log(failureText(given, outcome));
    if (totals.seeds % 1000 === 0) console.log(`... ${totals.seeds} seeds, ${totals.failed.length} violations`);
  });
  await Promise.all(threads.map((thread) => thread.end()));
}

function failureText({ steps, nodes, faults }: Arguments, { seed, events, failure }: Outcome): string {
  const chosen = faults.length < FAULTS.length ? ` --faults ${faults.join(',')}` : '';
  return [
    `seed ${seed}, event ${events}: ${failure!.invariant}: ${failure!.detail}`,
    `  npm run sim -- --seed ${seed} --steps ${steps} --nodes ${nodesOf(seed, nodes)}${chosen} --trace`,
  ].join('\n');
}

function report(given: Arguments, totals: Totals, seconds: number): void {
  const { counts, failed } = totals;
  const simulated = (totals.milliseconds / 3_600_000).toFixed(1);
  const lines = [
    `seeds ${totals.seeds}, events ${totals.events}, simulated time ${simulated} h, in ${seconds.toFixed(0)} s`,
    `each seed: at least ${totals.fewestEvents} events and ${totals.fewestElections} elections; healed, at most ${totals.longestRecovery} ms to progress everywhere`,
    `faults: ${list(counts, given.faults)}`,
    `${list(counts, DEEDS)}`,
    `violations ${failed.length}`,
  ];
  if (given.seeds === 1 && failed.length > 0) lines.push(failureText(given, failed[0]!));
  const missing = given.seeds >= 100 ? [...given.faults, ...DEEDS].filter((name) => counts[name] === 0) : [];
  if (missing.length > 0) lines.push(`never happened: ${missing.join(', ')}: this run has proven less than it should`);
  console.log(lines.join('\n'));
  if (failed.length > 0 || missing.length > 0) process.exitCode = 1;
}

function list(counts: Counts, names: readonly (Fault | (typeof DEEDS)[number])[]): string {
  return names.map((name) => `${name} ${counts[name]}`).join(', ');
}

void main();
