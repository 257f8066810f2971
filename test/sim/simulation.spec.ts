import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from './arguments';
import { FAULTS } from './faults';
import { MUTANTS } from './mutants';
import { simulate } from './simulation';

describe('the simulator', () => {
  it.each([
    [1, 3],
    [2, 5],
    [3, 3],
  ] as const)('finds nothing wrong with seed %i on %i nodes', (seed, nodes) => {
    const { failure, events, counts } = simulate({ seed, nodes, steps: 8000 });
    expect(failure).toBeNull();
    expect(events).toBeGreaterThanOrEqual(8000);
    expect(counts.elections).toBeGreaterThanOrEqual(5);
    expect(counts.commits).toBeGreaterThan(0);
  });

  it('runs the same run again, and another with another seed', () => {
    const run = (seed: number) => simulate({ seed, nodes: 3, steps: 4000 });
    const first = run(7);
    expect(run(7)).toEqual(first);
    expect(run(8).hash).not.toBe(first.hash);
  });

  it('runs the same run with a trace', () => {
    const lines: string[] = [];
    const traced = simulate({ seed: 7, nodes: 3, steps: 4000, trace: (line) => lines.push(line) });
    expect(traced).toEqual(simulate({ seed: 7, nodes: 3, steps: 4000 }));
    expect(lines.join('\n')).toContain('is leader');
  });

  it('does only the harm it is asked for', () => {
    const { counts } = simulate({ seed: 4, nodes: 3, steps: 4000, faults: ['loss', 'pause'] });
    const done = FAULTS.filter((fault) => counts[fault] > 0);
    // An asynchronous database loses something at a loss of power alone, and there was none.
    expect(done).toEqual(['loss', 'pause']);
  });

  it('reads its command line', () => {
    expect(readArguments(['--seed', '9', '--nodes', '5', '--faults', 'loss,kill', '--trace'], 2)).toEqual({
      firstSeed: 9,
      seeds: 1,
      steps: 20_000,
      nodes: 5,
      faults: ['loss', 'kill'],
      trace: true,
      jobs: 2,
    });
    expect(() => readArguments(['--faults', 'rain'], 2)).toThrow('rain');
  });
});

describe('the planted bugs', () => {
  const root = join(__dirname, '..', '..');

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)('$name: has exactly one place', ({ file, find, replace }) => {
    expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });
});
