import { namesEtag } from './if-none-match';

describe('namesEtag', () => {
  it.each([
    ['"42"', true],
    ['W/"42"', true],
    ['*', true],
    [' * ', true],
    ['"41", "42"', true],
    ['"41",W/"42" , "43"', true],
    ['"a,b", "42"', true],
    ['"42-raw"', false],
    ['"4", "2"', false],
    ['42', false],
    ['"420"', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (header, expected) => expect(namesEtag(header, '"42"')).toBe(expected));
});
