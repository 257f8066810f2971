import fc from 'fast-check';
import { parseRfc3339 } from './rfc3339';

const iso = (text: string): string | undefined => {
  const moment = parseRfc3339(text);
  return moment && new Date(moment.epochMs).toISOString();
};

describe('parseRfc3339', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.5z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T12:00:00-05:30', '2026-01-31T17:30:00.000Z'],
    ['2024-02-29T23:59:59.999-00:00', '2024-02-29T23:59:59.999Z'],
    ['0099-03-01T00:00:00Z', '0099-03-01T00:00:00.000Z'],
  ])('reads %s', (text, expected) => expect(iso(text)).toBe(expected));

  it('keeps what lies below a millisecond apart', () => {
    expect(parseRfc3339('1970-01-01T00:00:00.123456789Z')).toEqual({ epochMs: 123, nanoseconds: 456_789 });
  });

  it.each([
    '2026-01-31',
    '2026-01-31T12:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00:00+0200',
    '2026-01-31T12:00:00 02:00',
    '2026-01-31T12:00:00.Z',
    '2026-02-29T00:00:00Z',
    '2026-02-00T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+00:60',
    '+02026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z ',
    'now',
    '',
  ])('refuses %j', (text) => expect(parseRfc3339(text)).toBeUndefined());

  it('agrees with what JavaScript writes, in every offset', () => {
    const moments = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, fc.integer({ min: -1439, max: 1439 }), (moment, offset) => {
        const sign = offset < 0 ? '-' : '+';
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
          String(n).padStart(2, '0'),
        );
        const text = `${moment.toISOString().slice(0, -1)}${sign}${hours}:${minutes}`;
        expect(parseRfc3339(text)?.epochMs).toBe(moment.getTime() - offset * 60_000);
      }),
    );
  });
});
