import type { Arguments } from './arguments';
import { readArguments } from './arguments';
import type { Deed, Fault } from './faults';
import { DEEDS, FAULTS, noCounts } from './faults';
import type { Report } from './report';
import { report, Totals } from './report';
import type { Outcome } from './simulation';

const given = (...words: string[]): Arguments => readArguments(words, 1);

/** A seed in which everything happened twenty times. */
function anOutcome(
  seed: number,
  but: Partial<Outcome> = {},
  counted: Partial<Record<Fault | Deed, number>> = {},
): Outcome {
  const counts = noCounts();
  for (const name of [...FAULTS, ...DEEDS]) counts[name] = 20;
  Object.assign(counts, counted);
  const rest = { events: 20_100, milliseconds: 9000, exceptions: 0, hash: '', recovery: 300, failure: null };
  return { seed, counts, ...rest, ...but };
}

function reportOf(on: Arguments, ...special: Outcome[]): Report {
  const totals = new Totals();
  for (let seed = 1; seed <= on.seeds - special.length; seed++) totals.add(anOutcome(seed));
  for (const outcome of special) totals.add(outcome);
  return report(on, totals, 3);
}

const text = ({ lines }: Report): string => lines.join('\n');
const violation = { failure: { invariant: 'Log Matching', detail: 'of no importance' } };

describe('the report of a run', () => {
  it('passes a run that has seen everything, and has nothing to excuse', () => {
    const full = reportOf(given('--seeds', '100'));
    expect(full.passed).toBe(true);
    expect(text(full)).not.toMatch(/not judged|proven less/);
    expect(text(full)).toContain('simulated time 15.0 min, in 3.0 s');
  });

  it.each<[string, Outcome]>([
    ['seed 999 had 19999 events, not 20000', anOutcome(999, { events: 19_999 })],
    ['seed 999 had 4 elections, not 5', anOutcome(999, {}, { elections: 4 })],
  ])('fails a run one seed of which saw too little: %s', (why, outcome) => {
    const failed = reportOf(given('--seeds', '100'), outcome);
    expect(failed.passed).toBe(false);
    expect(text(failed)).toContain(`${why}: this run has proven less than it should`);
    expect(reportOf(given('--seed', '999'), outcome).passed).toBe(false);
  });

  it('fails a long run in which a fault or a deed never happened', () => {
    const totals = new Totals();
    for (let seed = 1; seed <= 100; seed++) totals.add(anOutcome(seed, {}, { 'torn-write': 0, transfers: 0 }));
    const failed = report(given('--seeds', '100'), totals, 3);
    expect(failed.passed).toBe(false);
    expect(text(failed)).toContain('never happened: torn-write, transfers');
  });

  it('asks of a run with chosen faults for these alone', () => {
    const totals = new Totals();
    for (let seed = 1; seed <= 100; seed++) totals.add(anOutcome(seed, {}, { ...noCounts(), loss: 7 }));
    expect(report(given('--seeds', '100', '--faults', 'loss'), totals, 3).passed).toBe(true);
    expect(report(given('--seeds', '100', '--faults', 'loss,kill'), totals, 3).passed).toBe(false);
    expect(text(report(given('--seeds', '100', '--faults', 'loss'), totals, 3))).toContain(
      'not judged by 5 elections a seed: some faults are left out',
    );
  });

  it('says of a short run why it is not judged', () => {
    const short = reportOf(
      given('--seed', '7', '--steps', '500'),
      anOutcome(7, { events: 510 }, { elections: 1, kill: 0 }),
    );
    expect(short.passed).toBe(true);
    expect(text(short)).toContain('500 steps are fewer than 20000');
    const alone = reportOf(given('--seed', '7'));
    expect(alone.passed).toBe(true);
    expect(text(alone)).toContain('not judged by every fault at least once: 1 of the 100 seeds that takes');
  });

  it('fails on a violation, and says of a seed alone what it was and how to see it', () => {
    const failed = reportOf(given('--seed', '7'), anOutcome(7, { events: 30, milliseconds: 400, ...violation }));
    expect(failed.passed).toBe(false);
    expect(text(failed)).toContain('seed 7, event 30: Log Matching: of no importance');
    expect(text(failed)).toContain('npm run sim -- --seed 7 --steps 20000 --nodes 3 --trace');
    expect(text(failed)).toContain('simulated time 0.4 s');
    expect(text(failed)).not.toMatch(/Infinity|undefined|each seed/);
  });
});
