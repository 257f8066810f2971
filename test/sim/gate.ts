import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { nodesOf } from './arguments';
import type { Mutant } from './mutants';
import { MUTANTS } from './mutants';
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

async function judge(mutant: Mutant): Promise<Verdict> {
  let events = 0;
  let exceptions = 0;
  const thread = new SimulationThread(mutant);
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = await thread.run({ seed, steps, nodes: nodesOf(seed, undefined), survivesExceptions: true });
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
    await thread.end();
  }
  return { mutant, caught: false, line: `NOT CAUGHT in ${events} events, ${exceptions} exceptions: ${mutant.name}` };
}

async function main(): Promise<void> {
  const chosen = MUTANTS.filter(({ name }) => name.includes(values.only ?? ''));
  const verdicts: Verdict[] = [];
  const began = performance.now();
  await inParallel(chosen, availableParallelism(), async (mutant) => {
    const verdict = await judge(mutant);
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
