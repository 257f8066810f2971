import { parseArgs } from 'node:util';

export interface NodeArguments {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly milliseconds: number;
  readonly trace: boolean;
  readonly jobs: number;
}

export const USAGE = `npm run sim:node -- [--seeds 500] [--milliseconds 10000] [--seed S] [--first 1] [--trace] [--jobs N]
  --seed S        runs this seed alone; with --trace it prints what happens
  --milliseconds  of simulated time in which harm is done`;

export const USUAL_MS = 10_000;

export function readArguments(given: readonly string[], processors: number): NodeArguments {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...given],
    options: {
      ...{ seeds: option, milliseconds: option, seed: option, first: option, jobs: option },
      trace: { type: 'boolean' },
    },
  });
  return {
    firstSeed: whole('seed', values.seed ?? values.first ?? '1'),
    seeds: values.seed === undefined ? whole('seeds', values.seeds ?? '500') : 1,
    milliseconds: whole('milliseconds', values.milliseconds ?? String(USUAL_MS)),
    trace: values.trace ?? false,
    jobs: whole('jobs', values.jobs ?? String(processors)),
  };
}

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`--${name} must be a whole number above 0, not ${text}`);
  return Number(text);
}
