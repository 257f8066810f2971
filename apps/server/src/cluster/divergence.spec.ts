import { HashNotes } from '../consensus/hash-notes';
import { apartFrom, verdictAt, verdictOf } from './divergence.rules';

describe('the verdict over state hashes', () => {
  it.each([
    ['agreed', 'a', ['a', 'a'], 3],
    ['agreed', 'a', ['a', 'a', 'b'], 3],
    ['agreed', 'a', ['a'], 1],
    ['minority', 'a', ['a', 'b', 'b'], 3],
    ['minority', 'a', ['a', 'b', 'b', 'b'], 5],
    ['unknown', 'a', ['a', 'b'], 3],
    ['unknown', 'a', ['a'], 3],
    ['unknown', 'a', ['a', 'b', 'c'], 5],
    ['no-majority', 'a', ['a', 'b', 'c'], 3],
    ['no-majority', 'a', ['a', 'b'], 2],
    ['no-majority', 'a', ['a', 'a', 'b', 'b', 'c'], 5],
  ] as const)('is %s for %s when the voters told %j, of %i', (verdict, own, told, voters) => {
    expect(verdictAt(own, told, voters)).toBe(verdict);
  });

  it.each([
    ['agreed', 'a', ['a', 'a'], 3],
    ['minority', 'b', ['a', 'a'], 3],
    ['minority', 'b', ['a'], 1],
    ['unknown', 'b', [], 1],
    ['no-majority', 'a', ['a', 'b', 'c'], 3],
  ] as const)('is %s for a learner with %s when the voters told %j, of %i', (verdict, own, told, voters) => {
    expect(verdictAt(own, told, voters)).toBe(verdict);
  });

  it('is given at the newest index that enough members have noted', () => {
    const own = new Map([
      [64, 'a'],
      [128, 'x'],
      [192, 'y'],
    ]);
    const others = [
      new Map([
        [64, 'a'],
        [128, 'b'],
      ]),
      new Map([[128, 'b']]),
    ];
    expect(verdictOf(own, [own, ...others])).toBe('minority');
    expect(verdictOf(own, [own, new Map([[64, 'a']]), null])).toBe('agreed');
    expect(verdictOf(own, [own, null, null])).toBe('unknown');
  });
});

describe('who holds another state', () => {
  const own = new Map([
    [64, 'a'],
    [128, 'b'],
  ]);

  it('goes by the newest index that both have noted', () => {
    const others = new Map([
      ['same', own],
      ['differs', new Map([...own, [128, 'x']])],
      ['differed once', new Map([...own, [64, 'x']])],
      ['is behind', new Map([[64, 'x']])],
      ['has noted nothing that this one has', new Map([[192, 'x']])],
    ]);
    expect(apartFrom(own, others)).toEqual(['differs', 'is behind']);
  });
});

describe('noting state hashes', () => {
  it('makes a hash at every 64th index only, and keeps the newest', () => {
    const notes = new HashNotes();
    let made = 0;
    for (let index = 1; index <= 64 * 100; index++) notes.applied(index, () => `hash ${++made}`);
    expect(made).toBe(100);
    expect([...notes.hashes.keys()].at(0)).toBe(64 * 37);
    expect(notes.hashes.get(6_400)).toBe('hash 100');
    notes.forget();
    expect(notes.hashes.size).toBe(0);
  });
});
