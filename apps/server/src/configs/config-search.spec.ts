import fc from 'fast-check';
import type { PassedRow } from '../consensus/state/row-store';
import type { ConfigEntity } from './config.entity';
import { ConfigSearch } from './config-search';

const config = (key: string, content: string): ConfigEntity => ({ key, content }) as ConfigEntity;

/** Both with the signature that the first look leaves and with the one that the second finds. */
function finds(text: string, row: ConfigEntity): boolean {
  const passed: PassedRow<ConfigEntity> = { row, memo: undefined };
  const first = new ConfigSearch(text).finds(passed);
  expect(new ConfigSearch(text).finds(passed)).toBe(first);
  return first;
}

/** What the search must answer, said in the plainest way. */
function holds({ key, content }: ConfigEntity, text: string): boolean {
  const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  return pattern.test(key) || pattern.test(content);
}

describe('a search', () => {
  it.each([
    ['a key', config('service.Area-1', '{}'), 'AREA'],
    ['a content', config('a', '{"host":"Db.Example.com"}'), 'db.example'],
    ['one or two characters', config('a', '"zq"'), 'zq'],
    ['characters beyond ASCII', config('a', '"Grüße aus Köln"'), 'GRÜSS'.slice(0, 3)],
    ['characters of any script', config('a', '"Дом на холме"'), 'НА ХОЛМЕ'],
    ['ASCII beside them', config('a', '"Grüße aus Köln"'), 'e AUS k'],
    ['what looks like a pattern', config('a', '"a.*b[c]"'), '.*B[C'],
  ])('finds %s', (_what, row, text) => {
    expect(finds(text, row)).toBe(true);
    expect(holds(row, text)).toBe(true);
  });

  it('does not find across the end of the key', () => {
    expect(finds('key12', config('key', '12'))).toBe(false);
  });

  it('takes no character beyond ASCII for an ASCII letter', () => {
    expect(finds('mask', config('a', '"ma\u017fk"'))).toBe(false);
    expect(finds('kelvin', config('a', '"\u212aelvin"'))).toBe(false);
  });

  it('answers as a plain test of every text would, for contents of every size', () => {
    const letters = fc.constantFrom(...'abABs12.éÉßẞσςΣıİI\u017f\u212aKǅǆ漢{"');
    const text = (maxLength: number) => fc.string({ unit: letters, maxLength });
    const content = fc.oneof(
      text(40),
      text(40).map((part) => part.repeat(60)),
    );
    fc.assert(
      fc.property(text(5), content, text(6), (key, body, wanted) => {
        const row = config(key, body);
        expect(finds(wanted, row)).toBe(holds(row, wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes for the same what a regular expression takes for the same', () => {
    for (let code = 0; code < 65_536; code++) {
      const unit = String.fromCharCode(code);
      for (const other of [unit.toUpperCase(), unit.toLowerCase()]) {
        if (other.length > 1 || other === unit) continue;
        const row = config('a', `..${unit}`);
        const wanted = `..${other}`;
        if (holds(row, wanted) !== new ConfigSearch(wanted).finds({ row, memo: undefined })) {
          throw new Error(`${code.toString(16)} is not found as ${other.charCodeAt(0).toString(16)}`);
        }
      }
    }
  });

  it('keeps a signature in proportion to the config, between 8 bytes and 8 KiB', () => {
    const signatureOf = (content: string): string => {
      const passed: PassedRow<ConfigEntity> = { row: config('key', content), memo: undefined };
      new ConfigSearch('wanted').finds(passed);
      return passed.memo ?? '';
    };
    expect(signatureOf('1')).toHaveLength(8);
    expect(signatureOf('x'.repeat(61))).toHaveLength(8);
    expect(signatureOf('x'.repeat(62))).toHaveLength(16);
    expect(signatureOf('x'.repeat(1_000))).toHaveLength(128);
    expect(signatureOf('x'.repeat(1_000_000))).toHaveLength(8_192);
  });

  it('reads few of the configs that do not hold the text', () => {
    const configs = Array.from({ length: 1_000 }, (_, n): PassedRow<ConfigEntity> => {
      const content = JSON.stringify({
        host: `${(n * 7_919).toString(36)}.example.com`,
        note: `number ${n} `.repeat(20),
      });
      return { row: config(`service.config-${n}`, content), memo: undefined };
    });
    for (const passed of configs) new ConfigSearch('any').finds(passed);
    const search = new ConfigSearch('nothing like it');
    const before = search.effort;
    expect(configs.some((passed) => search.finds(passed))).toBe(false);
    const looks = 32 * configs.length;
    const all = configs.reduce((sum, { row }) => sum + row.key.length + row.content.length, 0);
    expect(search.effort - before - looks).toBeLessThan(all / 100);
  });
});
