import fc from 'fast-check';
import type { ConfigEntity } from './config.entity';
import { ConfigSearch } from './config-search';

const config = (key: string, content: string): ConfigEntity => ({ key, content }) as ConfigEntity;
const search = new ConfigSearch();

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
    ['ASCII beside them', config('a', '"Grüße aus Köln"'), 'e AUS k'],
    ['what looks like a pattern', config('a', '"a.*b[c]"'), '.*B[C'],
  ])('finds %s', (_what, row, text) => {
    expect(search.matcher(text)(row)).toBe(true);
    expect(holds(row, text)).toBe(true);
  });

  it('does not find across the end of the key', () => {
    expect(search.matcher('key12')(config('key', '12'))).toBe(false);
  });

  it('takes no character beyond ASCII for an ASCII letter', () => {
    expect(search.matcher('mask')(config('a', '"ma\u017fk"'))).toBe(false);
    expect(search.matcher('kelvin')(config('a', '"\u212aelvin"'))).toBe(false);
  });

  it('answers as a plain test of every text would, for contents of every size', () => {
    const letters = fc.constantFrom(...'abAB12.é\u017f\u212aK{"');
    const text = (maxLength: number) => fc.string({ unit: letters, maxLength });
    const content = fc.oneof(
      text(40),
      text(40).map((part) => part.repeat(60)),
    );
    fc.assert(
      fc.property(text(5), content, text(6), (key, body, wanted) => {
        const row = config(key, body);
        expect(search.matcher(wanted)(row)).toBe(holds(row, wanted));
      }),
      { numRuns: 2_000 },
    );
  });
});
