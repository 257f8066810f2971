import { setImmediate } from 'node:timers/promises';
import { TextDiff } from './text-diff';
import type { JsonDiff } from './json-patch';

const maxBytes = 8 * 1024 ** 2;

describe('TextDiff', () => {
  const diff = new TextDiff();
  afterAll(() => diff.close());

  const between = async (from: unknown, to: unknown) => {
    const [before, after] = [JSON.stringify(from), JSON.stringify(to)];
    const text = Buffer.from(await diff.between({ before, after, maxBytes })).toString('utf8');
    return { text, ...(JSON.parse(`{${text}}`) as JsonDiff) };
  };

  it('says nothing of equal texts', async () => {
    const { patch, changes } = await between({ a: 1 }, { a: 1 });
    expect({ patch, changes }).toEqual({ patch: [], changes: [] });
  });

  it.each([
    ['short', 10],
    ['long', 20_000],
  ])('tells one change in %s texts', async (_length, items) => {
    const rows = Array.from({ length: items }, (_, index) => `é${index}`);
    const { patch, changes } = await between({ port: 1, rows }, { port: 2, rows });
    expect(patch).toEqual([{ op: 'replace', path: '/port', value: 2 }]);
    expect(changes).toEqual([{ pointer: '/port', kind: 'changed', before: 1, after: 2 }]);
  });

  it.each<[string, unknown, unknown]>([
    [
      'a long name over many changes',
      { ['k'.repeat(400_000)]: new Array(50_000).fill(0) },
      { ['k'.repeat(400_000)]: new Array(50_000).fill(1) },
    ],
    [
      'many members renamed',
      Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`k${n}`, n])),
      Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`j${n}`, n])),
    ],
    [
      'an array in another order',
      Array.from({ length: 100_000 }, (_, n) => n),
      Array.from({ length: 100_000 }, (_, n) => (n * 7919) % 100_000),
    ],
  ])('stays small for %s, and holds nobody up', async (_what, from, to) => {
    let isPending = true;
    const comparing = between(from, to).finally(() => (isPending = false));
    let turns = 0;
    for (; isPending; turns++) await setImmediate();
    const { text, patch } = await comparing;
    expect(turns).toBeGreaterThan(20);
    expect(text.length).toBeLessThan(maxBytes);
    expect(patch.length).toBeLessThanOrEqual(10_000);
  });
});
