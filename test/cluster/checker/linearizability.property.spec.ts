import fc from 'fast-check';
import { Chance } from '../../sim/chance';
import { hasExplanation } from './brute-force';
import { checkConfig, checkHistory, shortestFailingPrefix } from './check-history';
import { mutations } from './mutations';
import type { Action, Operation, Outcome } from './operation';
import { generatedHistory } from './sequential-config';
import { versionedConfig } from './versioned-config';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe('the linearizability checker, on random histories', () => {
  it('accepts what a real object did, with any overlaps and unknown outcomes', () => {
    const property = fc.property(seeds, fc.integer({ min: 1, max: 12 }), (seed, clients) => {
      const { operations } = generatedHistory(new Chance(seed), 150, clients);
      expect(checkHistory(operations).failures).toEqual([]);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it.each(Object.entries(mutations))('rejects %s', (_name, mutate) => {
    let mutated = 0;
    const property = fc.property(seeds, fc.integer({ min: 2, max: 8 }), (seed, clients) => {
      const chance = new Chance(seed);
      const operations = mutate(generatedHistory(chance, 60, clients), chance);
      if (operations === undefined) return;
      mutated += 1;
      expect(checkConfig(operations).type).toBe('not-linearizable');
      const { operations: prefix, last } = shortestFailingPrefix(operations);
      expect(prefix).toContain(last);
      // One answer fewer, and there is an explanation.
      const unanswered = { ...last, outcome: { type: 'unknown' } as const, returned: Infinity };
      const before = prefix.map((operation) => (operation === last ? unanswered : operation));
      expect(checkConfig(before).type).toBe('linearizable');
    });
    fc.assert(property, { numRuns: 80 });
    expect(mutated).toBeGreaterThan(20);
  });

  it('agrees with a search through every order, on histories of all kinds', () => {
    const found = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
    const property = fc.property(smallHistories, (operations) => {
      const { type } = checkConfig(operations);
      found[type] += 1;
      expect(type === 'linearizable').toBe(hasExplanation(ownerless, operations));
    });
    fc.assert(property, { numRuns: 3_000 });
    expect(found.undecided).toBe(0);
    expect(Math.min(found.linearizable, found['not-linearizable'])).toBeGreaterThan(300);
  });
});

/** Without the knowledge of who made which version, which only narrows the search. */
const ownerless = versionedConfig([]);

const value = fc.constantFrom('a', 'b');
const version = fc.integer({ min: 1, max: 3 });
const expectedVersion = fc.option(version);
const done = version.map((at): Outcome => ({ type: 'done', version: at }));
const doneSomehow = fc.constant<Outcome>({ type: 'done', version: null });
const [missing, taken, unknown] = (['missing', 'taken', 'unknown'] as const).map((type) =>
  fc.constant<Outcome>({ type }),
) as [fc.Arbitrary<Outcome>, fc.Arbitrary<Outcome>, fc.Arbitrary<Outcome>];
const conflict = fc.option(version).map((at): Outcome => ({ type: 'conflict', currentVersion: at }));
const found = fc.record({ type: fc.constant('found' as const), version, value });

const acts: fc.Arbitrary<{ action: Action; outcome: Outcome }> = fc.oneof(
  fc.record({ action: fc.constant<Action>({ type: 'read' }), outcome: fc.oneof(found, found, missing) }),
  fc.record({
    action: fc.record({ type: fc.constant('create' as const), value }),
    outcome: fc.oneof(done, done, taken, unknown),
  }),
  fc.record({
    action: fc.record({ type: fc.constant('write' as const), value, expectedVersion }),
    outcome: fc.oneof(done, done, conflict, missing, unknown),
  }),
  fc.record({
    action: fc.record({ type: fc.constant('delete' as const), expectedVersion }),
    outcome: fc.oneof(doneSomehow, conflict, missing, unknown),
  }),
);

const smallHistories = fc
  .array(fc.record({ act: acts, called: fc.nat(8), lasts: fc.nat(5) }), { minLength: 1, maxLength: 6 })
  .map((operations) =>
    operations.map(({ act, called, lasts }, place): Operation => {
      const isOver = act.outcome.type !== 'unknown';
      const times = { called: called + place / 100, returned: isOver ? called + lasts + place / 100 + 0.5 : Infinity };
      const shown = { calledMs: times.called, returnedMs: times.returned };
      return { client: `c${place}`, node: 'node-1', key: 'k', ...act, ...times, ...shown };
    }),
  );
