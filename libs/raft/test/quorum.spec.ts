import fc from 'fast-check';
import { jointIndex, jointVote } from '../src/quorum/joint';
import { majorityIndex, majorityOf, majorityVote } from '../src/quorum/majority';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const voters = fc.subarray(names, { minLength: 1 });
const half = fc.subarray(names);
const acks = fc.dictionary(fc.constantFrom(...names), fc.nat(9));
const votes = fc.dictionary(fc.constantFrom(...names), fc.boolean()).map((all) => new Map(Object.entries(all)));
const ackOf = (all: Record<string, number>) => (member: string) => all[member] ?? 0;

/** By definition: is there a set of more than half of `of`, all of which satisfy this? */
function someMajority(of: readonly string[], satisfies: (member: string) => boolean): boolean {
  if (of.length === 0) return true;
  for (let set = 0; set < 2 ** of.length; set++) {
    const chosen = of.filter((_, at) => (set >> at) & 1);
    if (chosen.length * 2 > of.length && chosen.every(satisfies)) return true;
  }
  return false;
}

/** By definition: is there a way in which those who have not voted yet could make a majority? */
function couldWin(of: readonly string[], cast: ReadonlyMap<string, boolean>): boolean {
  return someMajority(of, (member) => cast.get(member) !== false);
}

describe('quorum arithmetic against brute force, up to seven voters', () => {
  it('finds the highest index that some majority has acknowledged', () => {
    fc.assert(
      fc.property(voters, acks, (of, all) => {
        const index = majorityIndex(of, ackOf(all));
        const held = (at: number) => someMajority(of, (member) => ackOf(all)(member) >= at);
        expect(held(index)).toBe(true);
        expect(held(index + 1)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('commits in a joint configuration what a majority of each half has acknowledged', () => {
    fc.assert(
      fc.property(voters, half, acks, (incoming, outgoing, all) => {
        const index = jointIndex({ voters: incoming, outgoing }, ackOf(all));
        const held = (at: number) =>
          [incoming, outgoing].every((of) => someMajority(of, (member) => ackOf(all)(member) >= at));
        expect(held(index)).toBe(true);
        expect(held(index + 1)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('wins with a majority in every half, loses when that has become impossible, waits otherwise', () => {
    fc.assert(
      fc.property(voters, half, votes, (incoming, outgoing, cast) => {
        const halves = [incoming, outgoing];
        const won = halves.every((of) => someMajority(of, (member) => cast.get(member) === true));
        const lost = !halves.every((of) => couldWin(of, cast));
        const expected = won ? 'won' : lost ? 'lost' : 'pending';
        expect(jointVote({ voters: incoming, outgoing }, cast)).toBe(expected);
        if (outgoing.length === 0) expect(majorityVote(incoming, cast)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not moved by acknowledgements and votes of others than the voters', () => {
    fc.assert(
      fc.property(voters, acks, votes, (of, all, cast) => {
        const own = Object.fromEntries(Object.entries(all).filter(([member]) => of.includes(member)));
        expect(majorityIndex(of, ackOf(all))).toBe(majorityIndex(of, ackOf(own)));
        const ownVotes = new Map([...cast].filter(([member]) => of.includes(member)));
        expect(majorityVote(of, cast)).toBe(majorityVote(of, ownVotes));
      }),
    );
  });

  it('never lets two disjoint sets of voters decide', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), (size) => {
        expect(majorityOf(size) * 2).toBeGreaterThan(size);
        expect(majorityOf(size)).toBeLessThanOrEqual(size);
      }),
    );
  });
});
