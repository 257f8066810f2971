import fc from 'fast-check';
import { configuration, isJoint, membersOf } from '@config-guardian/raft';
import type { Configuration, MemberChange, MembershipChange } from '@config-guardian/raft';
import { changed, leaveJoint } from '../src/membership';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const start = fc.tuple(fc.subarray(names, { minLength: 1 }), fc.subarray(names)).map(([voters, others]) =>
  configuration(
    voters,
    others.filter((member) => !voters.includes(member)),
  ),
);
const change: fc.Arbitrary<MembershipChange> = fc.record({
  type: fc.constant('change' as const),
  changes: fc.array(
    fc.record<MemberChange>({
      type: fc.constantFrom('add-voter', 'add-learner', 'remove'),
      member: fc.constantFrom(...names),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  transition: fc.constantFrom('auto' as const, 'joint' as const, 'joint-explicit' as const),
});

/** Every set of members that could decide something under this configuration. */
function deciding(of: Configuration): string[][] {
  const members = membersOf(of);
  const sets = Array.from({ length: 2 ** members.length }, (_, set) => members.filter((_m, at) => (set >> at) & 1));
  const majority = (half: readonly string[], set: string[]) =>
    half.length === 0 || half.filter((member) => set.includes(member)).length * 2 > half.length;
  return sets.filter((set) => majority(of.voters, set) && majority(of.outgoing, set));
}

const overlap = (one: Configuration, other: Configuration) =>
  deciding(one).every((set) => deciding(other).every((rival) => set.some((member) => rival.includes(member))));

describe('membership changes', () => {
  it('only ever leads from one configuration to another whose quorums all overlap with its own', () => {
    fc.assert(
      fc.property(start, change, (from, wanted) => {
        const next = changed(from, wanted);
        if ('ok' in next) return;
        expect(overlap(from, next)).toBe(true);
        if (isJoint(next)) expect(overlap(next, leaveJoint(next))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('reaches the same members through a joint configuration as directly', () => {
    fc.assert(
      fc.property(start, change, (from, wanted) => {
        const direct = changed(from, { ...wanted, transition: 'auto' } as MembershipChange);
        const joint = changed(from, { ...wanted, transition: 'joint' } as MembershipChange);
        if ('ok' in direct || 'ok' in joint) return void expect(joint).toEqual(direct);
        const end = isJoint(direct) ? leaveJoint(direct) : direct;
        expect(leaveJoint(joint)).toEqual(end);
      }),
    );
  });

  it('never makes a member voter and learner at once', () => {
    fc.assert(
      fc.property(start, change, (from, wanted) => {
        const next = changed(from, wanted);
        if ('ok' in next) return;
        const voting = [...next.voters, ...next.outgoing];
        expect(next.learners.filter((member) => voting.includes(member))).toEqual([]);
        expect(next.learnersNext.every((member) => next.outgoing.includes(member))).toBe(true);
      }),
    );
  });
});
