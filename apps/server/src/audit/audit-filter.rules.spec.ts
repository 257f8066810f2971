import { notAfter, notBefore, recordedNames } from './audit-filter.rules';

describe('recordedNames', () => {
  const commands = [
    { type: 'config.update', version: 1 },
    { type: 'config.update', version: 2 },
    { type: 'config.update-all', version: 1 },
  ];

  it('takes a name with a version as it is, also one that no build knows any more', () => {
    expect(recordedNames('config.update@2', commands)).toEqual(['config.update@2']);
    expect(recordedNames('config.move@7', commands)).toEqual(['config.move@7']);
  });

  it('names every version of a type, and nothing that only begins like it', () => {
    expect(recordedNames('config.update', commands)).toEqual(['config.update@1', 'config.update@2']);
    expect(recordedNames('config', commands)).toEqual([]);
  });
});

describe('the ends of a span of time', () => {
  it('round to the whole milliseconds that lie inside it', () => {
    const moment = { epochMs: 1_000, nanoseconds: 1 };
    expect(notBefore(moment)).toBe('1970-01-01T00:00:01.001Z');
    expect(notAfter(moment)).toBe('1970-01-01T00:00:01.000Z');
    expect(notBefore({ epochMs: 1_000, nanoseconds: 0 })).toBe('1970-01-01T00:00:01.000Z');
  });

  it('stay within what PostgreSQL reads', () => {
    expect(notBefore({ epochMs: Date.parse('0000-01-01T00:00:00Z'), nanoseconds: 0 })).toBe('1969-12-31T23:59:59.999Z');
    expect(notAfter({ epochMs: 253_402_300_800_000, nanoseconds: 0 })).toBe('9999-12-31T23:59:59.999Z');
  });
});
