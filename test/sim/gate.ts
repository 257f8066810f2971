import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { nodesOf } from './arguments';
import type { Mutant } from './mutants';
import { MUTANTS } from './mutants';
import { USUAL_MS } from './node/arguments';
import { NODE_MUTANTS } from './node/mutants';
import type { SceneOptions } from './node/scene';
import type { NodeOutcome } from './node/simulation';
import { inParallel, SimulationThread } from './pool';

/** Run by `npm run sim:mutants [-- --only TEXT] [--seeds 500] [--steps 20000]`: every planted bug must break an invariant. */
interface Verdict {
  readonly mutant: Mutant;
  readonly caught: boolean;
  readonly line: string;
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, seeds: { type: 'string' }, steps: { type: 'string' } },
});
const seeds = Number(values.seeds ?? 500);
const steps = Number(values.steps ?? 20_000);

/** What a seed has shown, whichever simulation ran it. */
interface Run {
  readonly events: number;
  readonly exceptions: number;
  readonly failure: { readonly invariant: string; readonly detail: string } | null;
}

interface Bench {
  run(seed: number): Promise<Run>;
  end(): Promise<void>;
}

function group(mutant: Mutant): Bench {
  const thread = new SimulationThread(mutant);
  return {
    run: (seed) => thread.run({ seed, steps, nodes: nodesOf(seed, undefined), survivesExceptions: true }),
    end: () => thread.end(),
  };
}

function oneNode(mutant: Mutant): Bench {
  const thread = new SimulationThread<SceneOptions, NodeOutcome>(mutant, './node/simulation.ts');
  return {
    run: async (seed) => ({ exceptions: 0, ...(await thread.run({ seed, milliseconds: USUAL_MS })) }),
    end: () => thread.end(),
  };
}

async function judge(mutant: Mutant, bench: Bench): Promise<Verdict> {
  let events = 0;
  let exceptions = 0;
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = await bench.run(seed);
      events += outcome.events;
      exceptions += outcome.exceptions;
      const { failure } = outcome;
      // An exception proves only that something noticed; the invariants have to.
      const thrown =
        failure?.invariant === 'exception' || (failure?.invariant === 'Progress' && outcome.exceptions > 0);
      if (failure === null || thrown) continue;
      const where = `seed ${String(seed).padStart(3)}, event ${String(outcome.events).padStart(5)}`;
      return { mutant, caught: true, line: `${where}  ${failure.invariant.padEnd(27)} ${mutant.name}` };
    }
  } catch (error) {
    return { mutant, caught: false, line: `${mutant.name}: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await bench.end();
  }
  return { mutant, caught: false, line: `NOT CAUGHT in ${events} events, ${exceptions} exceptions: ${mutant.name}` };
}

async function main(): Promise<void> {
  const all = [
    ...MUTANTS.map((mutant) => ({ mutant, on: group })),
    ...NODE_MUTANTS.map((mutant) => ({ mutant, on: oneNode })),
  ];
  const chosen = all.filter(({ mutant: { name } }) => name.includes(values.only ?? ''));
  const verdicts: Verdict[] = [];
  const began = performance.now();
  await inParallel(chosen, availableParallelism(), async ({ mutant, on }) => {
    const verdict = await judge(mutant, on(mutant));
    verdicts.push(verdict);
    console.log(verdict.line);
  });
  const missed = verdicts.filter(({ caught }) => !caught);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${verdicts.length - missed.length} of ${verdicts.length} planted bugs caught by an invariant, in ${seconds} s`,
  );
  if (missed.length > 0 || verdicts.length === 0) process.exitCode = 1;
}

void main();
