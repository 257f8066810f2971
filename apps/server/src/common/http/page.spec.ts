import { containing, decodeCursor, encodeCursor } from './page';

describe('containing', () => {
  const rows = [
    { name: 'Checkout', note: null },
    { name: 'mail', note: 'for the CHECK' },
    { name: 'straße', note: '' },
  ];
  const found = (q: string | undefined) =>
    Array.from(
      containing(rows, q, ({ name, note }) => [name, note]),
      ({ name }) => name,
    );

  it.each([
    [undefined, ['Checkout', 'mail', 'straße']],
    ['', ['Checkout', 'mail', 'straße']],
    ['check', ['Checkout', 'mail']],
    ['CHECKO', ['Checkout']],
    ['STRAß', ['straße']],
    ['null', []],
  ])('%j', (q, expected) => expect(found(q)).toEqual(expected));
});

describe('a cursor', () => {
  it('comes back as text', () => expect(decodeCursor(encodeCursor(['a', 7]), 2)).toEqual(['a', '7']));

  it.each(['', 'x', 'bnVsbA', encodeCursor([]), encodeCursor(['a', 'b'])])(
    'of another list is refused: %j',
    (cursor) => {
      expect(() => decodeCursor(cursor, 1)).toThrow(
        expect.objectContaining({
          code: 'validation-failed',
          detail: { errors: [expect.objectContaining({ parameter: 'cursor' })] },
        }),
      );
    },
  );
});
