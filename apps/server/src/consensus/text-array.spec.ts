import { textArray } from './text-array';

describe('a text array for PostgreSQL', () => {
  it('has a header, and each element with its length in bytes', () => {
    expect(textArray(['a"\\', null, '', 'ü😀']).toString('hex')).toBe(
      [
        '00000001', // one dimension
        '00000001', // with NULLs
        '00000019', // of text
        '00000004', // four elements
        '00000001', // the first is number 1
        '00000003',
        '61225c',
        'ffffffff',
        '00000000',
        '00000006',
        'c3bcf09f9880',
      ].join(''),
    );
    expect(textArray(['x']).readInt32BE(4)).toBe(0);
  });
});
