import 'reflect-metadata';
import fc from 'fast-check';
import { decodeEnvelope } from '../../apps/server/src/consensus/envelope';
import { PendingRows } from '../../apps/server/src/consensus/persister-pending';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { eventDifferences } from '../support/command-events';
import { aFullRegistry } from '../support/every-feature';
import { ProposingNode } from '../support/proposing-node';
import { stateRows } from '../support/state-rows';
import { anUnconnectedDataSource } from '../support/unconnected-data-source';
import { makers } from './attempts';
import { violations } from './invariants';
import { Pick } from './pick';
import { bursts, emptyTally, RandomRun } from './random-run';
import { Surroundings } from './surroundings';

/** `PROPERTY_RUNS=2000` for a long run. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 30);

/** What an applied command told beside its own events, or did not tell. */
const told = ({ log, applied }: ProposingNode): readonly string[] =>
  log.flatMap(({ data }, at) => {
    const result = applied[at];
    return data && result ? eventDifferences(decodeEnvelope(data), result) : [`entry ${at} was not applied`];
  });

describe('the state machine under random commands of every kind', () => {
  let rows: PendingRows;
  beforeAll(async () => {
    rows = new PendingRows(await anUnconnectedDataSource(), aFullRegistry().tables);
  });

  it('has a generator for every command', () => {
    const { state } = new StateMachine(aFullRegistry());
    const around = new Surroundings(new Pick(1), state, 0, new Map(), 0);
    const made = makers.map((make) => make(around).command.type);
    expect([...made].sort()).toEqual(
      aFullRegistry()
        .commands.map(({ type }) => type)
        .sort(),
    );
  });

  it('keeps every invariant after every step, and the same log gives a second machine the same state', async () => {
    const tally = emptyTally();
    const run = async (list: Parameters<RandomRun['play']>[0]): Promise<void> => {
      const node = new ProposingNode(undefined, (changes) => rows.refusal(changes));
      let played = 0;
      await new RandomRun(node, tally).play(list, () => {
        // Every check walks over the whole past, so not after each of many bursts.
        if (++played % 10 === 0 || played < 10 || played === list.length) expect(violations(node)).toEqual([]);
      });
      expect(() => rows.of(node.applied)).not.toThrow();
      const second = new StateMachine(aFullRegistry());
      const outcomes = node.log.map((entry) => second.apply(entry).outcome);
      expect(second.hash).toBe(node.machine.hash);
      expect(stateRows(second)).toEqual(stateRows(node.machine));
      expect(outcomes).toEqual(node.applied.map(({ outcome }) => outcome));
      expect(told(node)).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(bursts(150), run), {
      numRuns,
      interruptAfterTimeLimit: Math.max(60_000, 2_000 * numRuns),
    });
    const { applied, rejected, repeated, refused, commands, codes } = tally;
    console.log(
      `${applied} applied, ${rejected} rejected (${[...codes].sort().join(' ')}), ${repeated} repeated, ${refused} refused before the log`,
    );
    // The runs mean something only when every command was accepted at times, and everything else happened too.
    expect([...commands.keys()].sort()).toEqual(
      aFullRegistry()
        .commands.map(({ type }) => type)
        .sort(),
    );
    for (const count of [rejected, repeated, refused]) expect(count).toBeGreaterThan(numRuns);
  }, 600_000);
});
