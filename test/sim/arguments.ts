import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Fault } from './faults';
import { FAULTS } from './faults';

export interface Arguments {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly nodes: 3 | 5 | undefined;
  readonly faults: readonly Fault[];
  readonly trace: boolean;
  readonly jobs: number;
}

export const USAGE = `npm run sim -- [--seeds 500] [--steps 20000] [--seed S] [--first 1] [--nodes 3|5] [--faults a,b,...] [--trace] [--jobs N]
  --seed S  runs this seed alone; with --trace it prints what happens
  --nodes   voters at the beginning; by default odd seeds have 3 and even seeds 5
  --faults  of ${FAULTS.join(', ')}`;

export function readArguments(given: readonly string[], processors: number): Arguments {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...given],
    options: {
      seeds: option,
      steps: option,
      seed: option,
      first: option,
      nodes: option,
      faults: option,
      jobs: option,
      trace: { type: 'boolean' },
    },
  });
  const nodes = values.nodes === undefined ? undefined : whole('nodes', values.nodes);
  if (nodes !== undefined && nodes !== 3 && nodes !== 5) throw new RangeError('--nodes must be 3 or 5');
  const alone = values.seed !== undefined;
  return {
    firstSeed: whole('seed', values.seed ?? values.first ?? '1'),
    seeds: alone ? 1 : whole('seeds', values.seeds ?? '500'),
    steps: whole('steps', values.steps ?? '20000'),
    nodes,
    faults: values.faults === undefined ? FAULTS : values.faults.split(',').map(asFault),
    trace: values.trace ?? false,
    jobs: whole('jobs', values.jobs ?? String(processors)),
  };
}

/** The cluster of a seed when the command line does not say. */
export function nodesOf(seed: number, nodes: 3 | 5 | undefined): 3 | 5 {
  return nodes ?? (seed % 2 === 1 ? 3 : 5);
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}

function asFault(name: string): Fault {
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined) throw new RangeError(`--faults: ${name} is none of ${FAULTS.join(', ')}`);
  return fault;
}

/** What the program was told to do; undefined, with the reason and the usage on stderr, when that makes no sense. */
export function understood<Given>(
  read: (words: readonly string[], cores: number) => Given,
  usage: string,
): Given | undefined {
  try {
    return read(process.argv.slice(2), availableParallelism());
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}
