import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { configuration, entrySize, MemoryStorage } from '@config-guardian/raft';
import type { Entry } from '@config-guardian/raft';
import { Inflights } from '../src/inflights';
import { RaftLog } from '../src/log';
import { UnstableLog } from '../src/log-unstable';

const command = (index: number, term: number): Entry => ({
  type: 'command',
  index,
  term,
  data: new Uint8Array(index % 5),
});

/** A log of `terms`, of which the first `durable` are in the storage. */
function aLog(terms: readonly number[], durable: number): RaftLog {
  const entries = terms.map((term, at) => command(at + 1, term));
  const storage = new MemoryStorage(configuration(['1']));
  storage.append(entries.slice(0, durable));
  const log = new RaftLog(storage, 0, 0);
  if (durable < terms.length) log.append(entries.slice(durable));
  return log;
}

const ascending = fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }).map((steps) => {
  let term = 1;
  return steps.map((step) => (term += step > 1 ? 1 : 0));
});

describe('the log', () => {
  it('reads the same wherever the storage ends and the unstable tail begins', () => {
    const scene = fc.tuple(ascending, fc.nat(12), fc.nat(12), fc.nat(12), fc.nat(200));
    fc.assert(
      fc.property(scene, ([terms, durable, from, length, maxSize]) => {
        const whole = terms.map((term, at) => command(at + 1, term));
        const lo = Math.min(from, terms.length - 1) + 1;
        const hi = Math.min(lo + length, terms.length + 1);
        const slice = aLog(terms, Math.min(durable, terms.length)).slice(lo, hi, maxSize);
        expect(slice).toEqual(whole.slice(lo - 1, lo - 1 + slice.length));
        const size = slice.reduce((sum, entry) => sum + entrySize(entry), 0);
        if (hi > lo) expect(slice.length).toBeGreaterThan(0);
        if (slice.length > 1) expect(size).toBeLessThanOrEqual(maxSize);
        const next = whole[lo - 1 + slice.length];
        if (slice.length > 0 && next !== undefined && next.index < hi)
          expect(size + entrySize(next)).toBeGreaterThan(maxSize);
      }),
      { numRuns: 500 },
    );
  });

  it('finds by conflict hints the last position two logs share, at most one probe a term', () => {
    fc.assert(
      fc.property(ascending, ascending, fc.nat(12), (leaderTerms, followerTerms, shared) => {
        const common = leaderTerms.slice(0, shared);
        const own = followerTerms.map((term) => term + (common.at(-1) ?? 0));
        const leader = aLog(leaderTerms, 0);
        const follower = aLog([...common, ...own], 0);
        let index = leader.lastIndex();
        let probes = 0;
        while (!follower.matches(index, leader.term(index)!)) {
          const hint = follower.conflictAt(Math.min(index, follower.lastIndex()), leader.term(index)!);
          index = Math.min(index - 1, leader.conflictAt(hint.index, hint.term).index);
          probes++;
        }
        expect(index).toBeGreaterThanOrEqual(common.length);
        expect(probes).toBeLessThanOrEqual(new Set([...leaderTerms, ...own]).size + 1);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses to overwrite a committed entry', () => {
    const log = aLog([1, 1, 1], 3);
    log.commitTo(2);
    expect(() => log.extend([command(2, 2)])).toThrow('must not be overwritten');
    expect(log.extend([command(2, 1), command(3, 2)])).toEqual([command(3, 2)]);
  });
});

describe('the window of messages in flight', () => {
  it('holds what was sent and not acknowledged, in messages and bytes, whatever the order of growth and release', () => {
    const actions = fc.array(fc.oneof(fc.record({ send: fc.nat(50) }), fc.record({ ack: fc.nat(40) })), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 }), actions, (msgs, bytes, steps) => {
        const window = new Inflights(msgs, bytes);
        let model: { index: number; size: number }[] = [];
        let index = 0;
        for (const step of steps) {
          if ('ack' in step) {
            model = model.filter((message) => message.index > step.ack);
            window.freeUpTo(step.ack);
          } else if (!window.full()) {
            model.push({ index: ++index, size: step.send });
            window.add(index, step.send);
          }
          const held = model.reduce((sum, message) => sum + message.size, 0);
          expect([window.count, window.bytes]).toEqual([model.length, held]);
          expect(window.full()).toBe(model.length >= msgs || held >= bytes);
        }
      }),
    );
  });
});

describe('the unstable tail', () => {
  it('lets go of what is durable, though something is always waiting behind it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const log = new UnstableLog(1);
    const dropped: WeakRef<Entry>[] = [];
    for (let index = 1; index <= 500; index++) {
      const entry = command(index, 1);
      dropped.push(new WeakRef(entry));
      log.append([entry]);
      log.take(index);
      if (index > 10) log.persisted(index - 10);
    }
    // A WeakRef holds its target until the turn in which it was made is over.
    await new Promise(setImmediate);
    collect();
    const held = dropped.filter((entry) => entry.deref() !== undefined).length;
    expect(held).toBeGreaterThanOrEqual(10);
    expect(held).toBeLessThanOrEqual(50);
    expect(log.at(491).index).toBe(491);
  });
});
