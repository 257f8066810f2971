import { Rejected } from '../rejected';
import { holdIfMatch, holdPrecondition, ifMatchOf } from './precondition';

const row = { version: 3, modIndex: 42 };

/** How a change of a resource with the ETag "42" ends. */
function outcomeOf(ifMatch: string | null): string {
  try {
    holdIfMatch(row, ifMatchOf(ifMatch));
    holdPrecondition(row, { expectedVersion: 3, ifMatch: ifMatchOf(ifMatch) });
    return 'holds';
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return error.detail.errors?.[0]?.header ?? error.code;
  }
}

describe('If-Match (RFC 9110, section 13.1.1)', () => {
  it.each([
    null,
    '*',
    ' * ',
    '"42"',
    '"41", "42"',
    '"42","43"',
    '"41"\t,\t"42"',
    ', "41", , "42",',
    '"a,b", "42"',
    'W/"41", "42"',
    '"of-another-server", "42"',
  ])('%j holds', (header) => expect(outcomeOf(header)).toBe('holds'));

  it.each(['"41"', '"41", "43"', 'W/"42"', 'W/"41", W/"42"', '"042"', '"42-raw"', '"4", "2"', '"a,42"', '""', '"é"'])(
    '%j fails',
    (header) => expect(outcomeOf(header)).toBe('version-conflict'),
  );

  it.each(['', ',', '42', '"42', '"4"2"', '"41" "42"', '"42", *', '*, "42"', 'w/"42"', 'W/ "42"', '"4 2"', '"42";'])(
    '%j is malformed',
    (header) => expect(outcomeOf(header)).toBe('If-Match'),
  );

  it('travels in a command as it did while it could name one ETag only', () => {
    expect([ifMatchOf('"42"'), ifMatchOf('"42", "42"'), ifMatchOf('"x"')]).toEqual([42, 42, -1]);
  });

  it('is read in a time that grows with its length only', () => {
    expect(outcomeOf(`${'"1",'.repeat(4000)}x`)).toBe('If-Match');
    expect(outcomeOf(`"1"${' ,'.repeat(8000)}x`)).toBe('If-Match');
    expect(outcomeOf(`"1"${' '.repeat(8000)}x`)).toBe('If-Match');
  });
});
