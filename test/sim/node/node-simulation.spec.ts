import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textArray } from '../../../apps/server/src/consensus/text-array';
import { readArguments } from './arguments';
import { elementsOf } from './database/array-elements';
import { NODE_MUTANTS } from './mutants';
import { NodeTotals, report } from './report';
import type { NodeOutcome } from './simulation';
import { simulate } from './simulation';
import { STEPS } from './steps';

describe('the simulator of one node', () => {
  it.each([2, 3, 4, 18])('finds nothing wrong with seed %i', async (seed) => {
    const { failure, counts, events } = await simulate({ seed, milliseconds: 5_000 });
    expect(failure).toBeNull();
    expect(events).toBeGreaterThan(500);
    expect(counts.boots).toBeGreaterThan(0);
    expect(counts['rows compared']).toBeGreaterThan(0);
  });

  it('runs the same run again, and another with another seed', async () => {
    const run = (seed: number): Promise<NodeOutcome> => simulate({ seed, milliseconds: 3_000 });
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect((await run(8)).hash).not.toBe(first.hash);
  });

  it('fails a long run in which something never happened', async () => {
    const outcome = await simulate({ seed: 2, milliseconds: 500 });
    const totals = new NodeTotals();
    totals.add(outcome);
    const given = readArguments([], 1);
    const { lines, passed } = report(given, totals, 1);
    expect(passed).toBe(false);
    expect(lines.join('\n')).toContain('a crash before install commit');
    expect(report({ ...given, seeds: 10 }, totals, 1).passed).toBe(true);
  });

  it('fails a run with a violation', async () => {
    const outcome = await simulate({ seed: 2, milliseconds: 500 });
    const totals = new NodeTotals();
    totals.add({ ...outcome, failure: { invariant: 'Progress', detail: 'none' } });
    expect(report(readArguments(['--seed', '2'], 1), totals, 1)).toMatchObject({ passed: false });
  });

  it('reads its command line', () => {
    expect(readArguments(['--seed', '9', '--trace'], 2)).toEqual({
      ...{ firstSeed: 9, seeds: 1, milliseconds: 10_000, trace: true, jobs: 2 },
    });
    expect(() => readArguments(['--seeds', 'many'], 2)).toThrow('--seeds');
  });

  it('knows each step by one name', () => {
    expect(new Set(STEPS).size).toBe(STEPS.length);
  });

  it('reads arrays as they are sent', () => {
    const texts = ['a', null, '', 'NULL', 'b"c\\d, {é}'];
    expect(elementsOf(textArray(texts))).toEqual(texts);
    expect(elementsOf(textArray([]))).toEqual([]);
    expect(elementsOf('{1,NULL,3}')).toEqual(['1', null, '3']);
    expect(elementsOf('{}')).toEqual([]);
    expect(() => elementsOf('{"a"}')).toThrow('does not understand');
  });
});

describe('the planted bugs of one node', () => {
  const root = join(__dirname, '..', '..', '..');

  it('have names of their own', () => {
    expect(new Set(NODE_MUTANTS.map(({ name }) => name)).size).toBe(NODE_MUTANTS.length);
  });

  it.each(NODE_MUTANTS)('$name: has exactly one place', ({ file, find, replace }) => {
    expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });
});
