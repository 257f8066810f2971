import { acceptedCodings } from './accepted-codings';

describe('the codings that a caller takes', () => {
  it.each([
    [undefined, [], true],
    ['', [], true],
    ['identity', [], true],
    ['gzip', ['gzip'], true],
    ['GZip', ['gzip'], true],
    ['x-gzip', ['gzip'], true],
    ['gzip, deflate, br, zstd', ['br', 'gzip'], true],
    ['br;q=0.5, gzip', ['gzip', 'br'], true],
    ['br ; q=0.5 , gzip;q=0.501', ['gzip', 'br'], true],
    ['gzip;Q=0.000', [], true],
    ['*', ['br', 'gzip'], true],
    ['*;q=0', [], false],
    ['br;q=0, *', ['gzip'], true],
    ['gzip, *;q=0', ['gzip'], false],
    ['gzip, identity;q=0', ['gzip'], false],
    ['identity;q=0', [], false],
    ['identity;q=1, gzip;q=0.5', [], true],
    ['identity;q=0.5, gzip;q=0.5', ['gzip'], true],
    ['identity;q=0.1, *;q=0.5', ['br', 'gzip'], true],
    ['*;q=0.2, identity;q=0.3, gzip;q=0.4', ['gzip'], true],
    // Not what the header is made of: as if it were not there.
    ['gzip;q=1.5, br', ['br'], true],
    ['gzip;level=9', [], true],
    [', ,gzip', ['gzip'], true],
    ['gzip br', [], true],
  ])('%j: %j, plain bytes: %s', (header, preferred, takesPlain) => {
    expect(acceptedCodings(header)).toEqual({ preferred, takesPlain });
    expect(acceptedCodings(header)).toEqual({ preferred, takesPlain });
  });
});
