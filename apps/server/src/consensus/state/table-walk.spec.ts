import { TableWalk } from './table-walk';

const tableOf = (ids: readonly string[]) => ({
  all: ({ after }: { after?: string } = {}) =>
    ids.filter((id) => after === undefined || id > after).map((id) => ({ id })),
});
const seenOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).join('');

describe('a walk through a table', () => {
  it('sees every row once in a lap, a few at a time, and begins again', () => {
    const walk = new TableWalk<{ id: string }>(2, ({ id }) => id);
    const table = tableOf(['a', 'b', 'c', 'd', 'e']);
    expect([1, 2, 3, 4].map(() => seenOf(walk.next(table)))).toEqual(['ab', 'cd', 'e', 'ab']);
  });

  it('goes on behind a row that was deleted meanwhile, and starts over in an empty table', () => {
    const walk = new TableWalk<{ id: string }>(2, ({ id }) => id);
    walk.next(tableOf(['a', 'b', 'c']));
    expect(seenOf(walk.next(tableOf(['a', 'c', 'd'])))).toBe('cd');
    expect(seenOf(walk.next(tableOf([])))).toBe('');
    expect(seenOf(walk.next(tableOf(['a'])))).toBe('a');
  });
});
