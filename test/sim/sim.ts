import type { Arguments } from './arguments';
import { nodesOf, readArguments, understood, USAGE } from './arguments';
import { inParallel, SimulationThread } from './pool';
import { failureText, report, Totals } from './report';
import type { Outcome } from './simulation';
import { simulate } from './simulation';

/** Run by `npm run sim`; see `arguments.ts` for what it takes. */
async function main(): Promise<void> {
  const given = understood(readArguments, USAGE);
  if (given === undefined) return;
  const began = performance.now();
  const totals = new Totals();
  if (given.seeds === 1) totals.add(runAlone(given));
  else await runAll(given, totals);
  const { lines, passed } = report(given, totals, (performance.now() - began) / 1000);
  console.log(lines.join('\n'));
  if (!passed) process.exitCode = 1;
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

void main();
