import { knownEtag } from './if-none-match';

describe('the ETag by which a caller knows an answer', () => {
  it.each([
    ['"42"', '"42"'],
    ['W/"42"', '"42"'],
    ['*', '"42"'],
    [' * ', '"42"'],
    ['"41", "42"', '"42"'],
    ['"41",W/"42" , "43"', '"42"'],
    ['"a,b", "42"', '"42"'],
    ['"42-gzip"', '"42-gzip"'],
    ['"41-br", W/"42-br"', '"42-br"'],
    ['"42-raw"', undefined],
    ['"42-raw-gzip"', undefined],
    ['"42-zstd"', undefined],
    ['"4", "2"', undefined],
    ['42', undefined],
    ['"420"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j: %s', (header, expected) => expect(knownEtag(header, '"42"')).toBe(expected));

  it('is the one that would be sent, when the caller has that too', () => {
    expect(knownEtag('"42", "42-br", "42-gzip"', '"42"', '"42-gzip"')).toBe('"42-gzip"');
    expect(knownEtag('*', '"42"', '"42-gzip"')).toBe('"42-gzip"');
    expect(knownEtag('"42-br", "42"', '"42"', '"42-gzip"')).toBe('"42-br"');
    expect(knownEtag('"7-raw-gzip"', '"7-raw"', '"7-raw"')).toBe('"7-raw-gzip"');
  });
});
