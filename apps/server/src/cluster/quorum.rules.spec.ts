import { endangersQuorum } from './quorum.rules';

describe('taking a vote away', () => {
  it.each([
    ['of three that live', ['1', '2', '3'], '3', ['1', '2', '3'], false],
    ['of the dead one of three', ['1', '2', '3'], '3', ['1', '2'], false],
    ['of a living one of three, of which one is dead', ['1', '2', '3'], '2', ['1', '2'], true],
    ['of a living one of two', ['1', '2'], '2', ['1', '2'], false],
    ['of one of four, of which one is dead', ['1', '2', '3', '4'], '2', ['1', '2', '3'], false],
    ['of one of five, of which two are dead', ['1', '2', '3', '4', '5'], '3', ['1', '2', '3'], true],
    ['of a learner', ['1', '2'], '3', ['1'], false],
  ])('%s', (_what, voters, leaving, living, endangers) => {
    expect(endangersQuorum(voters, leaving, living)).toBe(endangers);
  });
});
