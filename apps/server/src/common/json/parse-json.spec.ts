import fc from 'fast-check';
import { Rejected } from '../rejected';
import { canonicalText } from './canonical-text';
import { parseJson } from './parse-json';

const limits = { maxDepth: 100 };
const backslash = '\\';

function refusal(text: string, maxDepth = 100): { code: string; detail: string | undefined; pointers: unknown[] } {
  try {
    parseJson(text, { maxDepth });
  } catch (error) {
    if (error instanceof Rejected) {
      const { detail, errors } = error.detail;
      return { code: error.code, detail, pointers: (errors ?? []).map(({ pointer }) => pointer) };
    }
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`);
}

describe('parseJson', () => {
  it.each([
    '0',
    '-0',
    '1.0',
    '1E2',
    '0.1',
    '123456789012345',
    '9007199254740992',
    '1e-7',
    '1.50e+10',
    '5e-324',
    '0e999999',
    '0.000',
  ])('accepts the number %s, whose value JavaScript keeps', (token) => {
    expect(parseJson(`{"n":${token}}`, limits)).toEqual({ n: Number(token) });
  });

  it.each([
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '123456789012345678',
    '1.00000000000000001',
    '-9007199254740993',
  ])('refuses the number %s, whose value would change', (token) => {
    expect(refusal(`{"a":[true,{"b/c~":${token}}]}`)).toMatchObject({
      code: 'value-not-representable',
      pointers: ['/a/1/b~1c~0'],
    });
  });

  it('does not take digits in strings for numbers', () => {
    expect(parseJson('{"9007199254740993":"1e400 9007199254740993"}', limits)).toEqual({
      '9007199254740993': '1e400 9007199254740993',
    });
  });

  it('refuses a member name twice in one object, however it is escaped', () => {
    expect(refusal('{"a":1,"b":{"x":1,"y":2,"x":3}}').pointers).toEqual(['/b/x']);
    expect(refusal(`{"a":1,"${backslash}u0061":2}`).pointers).toEqual(['/a']);
    expect(refusal('{"__proto__":1,"__proto__":1}').pointers).toEqual(['/__proto__']);
    expect(refusal('{"":1,"":1}').pointers).toEqual(['/']);
  });

  it('accepts one name in two objects', () => {
    expect(parseJson('[{"a":{"a":1}},{"a":1}]', limits)).toEqual([{ a: { a: 1 } }, { a: 1 }]);
  });

  it.each([
    ['raw', '\ud800'],
    ['escaped', `${backslash}ud800`],
    ['in upper case', `${backslash}uDFFF`],
    ['the wrong way round', `${backslash}udc00${backslash}ud800`],
  ])('refuses a lone surrogate %s, in values and in names', (_how, surrogate) => {
    expect(refusal(`{"a":["x${surrogate}y"]}`)).toMatchObject({ code: 'value-not-representable', pointers: ['/a/0'] });
    expect(refusal(`{"a":{"${surrogate}":1}}`).code).toBe('value-not-representable');
  });

  it('accepts a surrogate pair, raw and escaped', () => {
    expect(parseJson(`["😀","${backslash}ud83d${backslash}ude00"]`, limits)).toEqual(['😀', '😀']);
    expect(parseJson(`["${backslash}${backslash}ud800"]`, limits)).toEqual([`${backslash}ud800`]);
  });

  it('counts levels and refuses one too many, naming the container', () => {
    expect(parseJson('[[1]]', { maxDepth: 2 })).toEqual([[1]]);
    expect(refusal('{"a":[0,[1]],"b":[[2]]}', 2).pointers).toEqual(['/a/1']);
    for (const levels of [1, 2, 3, 100]) {
      const oneTooMany = '['.repeat(levels + 1) + ']'.repeat(levels + 1);
      expect(refusal(oneTooMany, levels)).toMatchObject({
        code: 'value-not-representable',
        pointers: ['/0'.repeat(levels)],
      });
    }
  });

  it('answers for a million levels, closed or not, without reading beyond the first too deep', () => {
    const million = 1_000_000;
    const parse = jest.spyOn(JSON, 'parse');
    for (const text of [
      '['.repeat(million),
      '{"a":'.repeat(million),
      '['.repeat(million) + ']'.repeat(million),
      '{"a":'.repeat(million) + '1' + '}'.repeat(million),
    ])
      expect(refusal(text)).toMatchObject({
        code: 'value-not-representable',
        detail: 'is nested more than 100 levels deep, counted from the outermost bracket',
      });
    expect(parse.mock.calls.filter(([text]) => text.length > 1000)).toEqual([]);
    parse.mockRestore();
    expect(refusal(`[}${'['.repeat(million)}`).code).toBe('malformed-json');
  });

  it('tells places under names of megabytes in a few characters', () => {
    const { pointers } = refusal(`{"${'k'.repeat(2_000_000)}":[${'1e400,'.repeat(30)}0]}`);
    expect(pointers).toEqual(new Array(20).fill(`/${'k'.repeat(254)}…`));
  });

  it('keeps a member named __proto__ as an own member and touches no prototype', () => {
    const text = '{"__proto__":{"polluted":true},"constructor":1}';
    const value = parseJson(text, limits);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(canonicalText(value)).toBe(text);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['', 'The text is empty: a JSON value is expected.'],
    ['{"a":}', 'Expected a value but found "}" at line 1, column 6 (offset 5).'],
    ['{"a":1,}', 'Expected a member name in double quotes but found "}" at line 1, column 8 (offset 7).'],
    ['[1,]', 'Expected a value but found "]" at line 1, column 4 (offset 3).'],
    ['{\n "a": 1\n "b": 2}', "Expected ',' or '}' but found \"\\\"\" at line 3, column 2 (offset 11)."],
    ['[1 2]', "Expected ',' or ']' but found \"2\" at line 1, column 4 (offset 3)."],
    ['{"a" 1}', 'Expected \':\' but found "1" at line 1, column 6 (offset 5).'],
    ['nul', 'Expected a value but found "n" at line 1, column 1 (offset 0).'],
    ['1 1', 'Expected the end of the text but found "1" at line 1, column 3 (offset 2).'],
    ['"abc', 'Expected a string but found "\\"" at line 1, column 1 (offset 0).'],
    ['[1', "Expected ',' or ']' but found the end of the text at line 1, column 3 (offset 2)."],
    ['\ufeff1', 'Expected a value but found "\ufeff" at line 1, column 1 (offset 0).'],
    ['01', 'Expected the end of the text but found "1" at line 1, column 2 (offset 1).'],
    ["{'a':1}", 'Expected a member name in double quotes but found "\'" at line 1, column 2 (offset 1).'],
  ])('says where %j is malformed', (text, detail) => {
    expect(refusal(text)).toMatchObject({ code: 'malformed-json', detail });
  });

  it('says where a text is malformed behind many values that would change', () => {
    expect(refusal(`[${'1e400,'.repeat(50)}]`).detail).toContain('offset 301');
  });

  it('stops after 20 places', () => {
    expect(refusal(`[${'1e400,'.repeat(50)}1]`).pointers).toHaveLength(20);
  });

  it('accepts whatever JSON.stringify prints and gives back the same canonical text', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme', maxDepth: 6 }), fc.constantFrom(undefined, 2), (json, space) => {
        const text = JSON.stringify(JSON.parse(json), null, space);
        expect(canonicalText(parseJson(text, limits))).toBe(JSON.stringify(JSON.parse(json)));
      }),
    );
  });

  it('agrees with JSON.parse on what is malformed', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.5',
      'e2',
      'true',
      'nul',
      ' ',
      '\n',
      '"',
      backslash,
      '0',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const text = fragments.join('');
        let accepted = true;
        try {
          JSON.parse(text);
        } catch {
          accepted = false;
        }
        if (accepted) return;
        const { code, detail } = refusal(text);
        expect(code).toBe('malformed-json');
        expect(detail).toMatch(/offset \d+|is empty/);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a number exactly when printing what JavaScript read gives another decimal', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    const token = fc
      .tuple(
        fc.boolean(),
        fc.stringMatching(/^(0|[1-9][0-9]{0,19})$/),
        fc.option(digits(20)),
        fc.option(fc.integer({ min: -330, max: 330 })),
      )
      .map(
        ([negative, whole, fraction, exponent]) =>
          `${negative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
      );
    fc.assert(
      fc.property(token, (text) => {
        const kept = Number.isFinite(Number(text)) && sameDecimal(text, String(Number(text)));
        if (kept) expect(parseJson(text, limits)).toBe(Number(text));
        else expect(refusal(text).code).toBe('value-not-representable');
      }),
      { numRuns: 1000 },
    );
  });
});

/** Compares by exact integer arithmetic, unlike the code under test, which compares digit strings. */
function sameDecimal(one: string, other: string): boolean {
  const scaled = (token: string): bigint => {
    const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length + 800);
  };
  return scaled(one) === scaled(other);
}
