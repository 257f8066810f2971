import { understood } from '../arguments';
import { inParallel, SimulationThread } from '../pool';
import type { NodeArguments } from './arguments';
import { readArguments, USAGE } from './arguments';
import { failureText, NodeTotals, report } from './report';
import type { SceneOptions } from './scene';
import type { NodeOutcome } from './simulation';
import { simulate } from './simulation';

/** Run by `npm run sim:node`; see `arguments.ts` for what it takes. */
async function main(): Promise<void> {
  const given = understood(readArguments, USAGE);
  if (given === undefined) return;
  const began = performance.now();
  const totals = new NodeTotals();
  const told = (outcome: NodeOutcome): void => {
    totals.add(outcome);
    if (outcome.failure !== null) console.log(failureText(given, outcome));
  };
  if (given.seeds === 1) told(await runAlone(given));
  else await runAll(given, told);
  const { lines, passed } = report(given, totals, (performance.now() - began) / 1000);
  console.log(lines.join('\n'));
  if (!passed) process.exitCode = 1;
}

function runAlone({ firstSeed: seed, milliseconds, trace }: NodeArguments): Promise<NodeOutcome> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  return simulate({ seed, milliseconds, ...(trace && { trace: print }) });
}

async function runAll(given: NodeArguments, told: (outcome: NodeOutcome) => void): Promise<void> {
  const { firstSeed, seeds, milliseconds, jobs } = given;
  const threads = Array.from(
    { length: Math.min(jobs, seeds) },
    () => new SimulationThread<SceneOptions, NodeOutcome>(null, './node/simulation.ts'),
  );
  const all = Array.from({ length: seeds }, (_, at) => firstSeed + at);
  await inParallel(all, threads.length, async (seed, job) => {
    told(await threads[job]!.run({ seed, milliseconds }));
  });
  await Promise.all(threads.map((thread) => thread.end()));
}

void main();
