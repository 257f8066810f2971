import { isIdn, isIdnEmail } from '@hyperjump/json-schema-formats';
import fc from 'fast-check';
import { formatCheck } from './formats';

/** Parts of names and addresses, right and wrong, from which a run makes thousands of each. */
const part = fc.constantFrom(
  ...['a', 'xn--', 'xn--zca', 'xn--X', 'bücher', 'ß', '실례', '〮', '\u302e', 'a·l', 'l·l', '\u200d', 'א', 'é', '-'],
  ...['.', '。', '．', '@', '"', ' ', '[', ']', '127.0.0.1', 'IPv6:::1', 'tag:a@b', '_', '1', '\ud800', ''],
);
const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));

describe('the formats of internationalised names', () => {
  const names = formatCheck('idn-hostname')!;
  const emails = formatCheck('idn-email')!;
  let printed: jest.SpyInstance;

  beforeEach(() => (printed = jest.spyOn(console, 'log').mockImplementation(() => undefined)));
  afterEach(() => printed.mockRestore());

  it('answer as the library does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, text, (local, name) => {
        expect([name, names(name)]).toEqual([name, isIdn(name)]);
        const email = `${local}@${name}`;
        expect([email, emails(email)]).toEqual([email, isIdnEmail(email)]);
        if (isIdn(name) || isIdnEmail(email)) accepted += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
    for (const address of ['a@[127.0.0.1]', 'a@[tag:a@b]', 'dörte@bücher.example']) expect(emails(address)).toBe(true);
  });

  it('do not print what they refuse', () => {
    for (const wrong of ['〮a', 'xn--X', 'a@〮', 'a@xn--X', '', '@']) {
      expect([wrong, names(wrong), emails(wrong), formatCheck('hostname')!(wrong)]).toEqual([
        wrong,
        false,
        false,
        false,
      ]);
    }
    expect(printed).not.toHaveBeenCalled();
  });
});
