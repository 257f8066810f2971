import fc from 'fast-check';
import { alignItems } from './item-alignment';

const sequences = fc.array(fc.nat(12), { maxLength: 30 });

describe('alignItems', () => {
  it.each([0, 40, 10_000])(
    'walks both sequences to their ends and keeps equal items only, with a budget of %i',
    (budget) => {
      fc.assert(
        fc.property(sequences, sequences, (before, after) => {
          let [old, now] = [0, 0];
          for (const step of alignItems(before, after, budget).steps) {
            if (step === 'keep') expect(before[old]).toBe(after[now]);
            if (step !== 'add') old++;
            if (step !== 'remove') now++;
          }
          expect([old, now]).toEqual([before.length, after.length]);
        }),
        { numRuns: 1000 },
      );
    },
  );

  it('keeps the longest common subsequence where the budget allows', () => {
    const { steps } = alignItems([1, 2, 3, 4, 5], [9, 2, 8, 4, 7, 7], 1000);
    expect(steps.filter((step) => step === 'keep')).toHaveLength(2);
  });

  it('finds what stays among unique items without any table, moves included', () => {
    const before = Array.from({ length: 1000 }, (_, index) => index);
    const after = [...before.slice(500), 5000, ...before.slice(0, 500).filter((item) => item % 100 !== 0)];
    const { steps, work } = alignItems(before, after, 0);
    expect(work).toBe(0);
    expect(steps.filter((step) => step === 'keep')).toHaveLength(500);
  });

  it('never fills more cells than its budget', () => {
    fc.assert(
      fc.property(sequences, sequences, fc.nat(300), (before, after, budget) => {
        expect(alignItems(before, after, budget).work).toBeLessThanOrEqual(budget);
      }),
    );
  });
});
