import fc from 'fast-check';
import { Table } from './table';
import type { TableDefinition, VersionedRow } from './table-definition';
import { defineTable, encodeKey, endOfPrefix } from './table-definition';

interface Book extends VersionedRow {
  readonly shelf: string;
  readonly title: string;
  readonly owner: string;
  readonly isbn: string | null;
}

const books = defineTable<Book>()({
  name: 'books',
  entity: class {} as never,
  key: ['shelf', 'title'],
  unique: { isbn: ['isbn'] },
  indexes: { byShelf: ['shelf'], byOwner: ['owner'] },
});
const aTable = () => new Table<Book>(books as TableDefinition<Book, string>);
const aBook = (over: Partial<Book>): Book => ({ shelf: 'a', title: 't', owner: 'o', isbn: null, modIndex: 1, ...over });

const short = fc.string({ unit: fc.constantFrom('a', 'b', '\uffff', '\u0001'), minLength: 1, maxLength: 2 });
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ shelf: short, title: short, owner: short }) },
  { weight: 1, arbitrary: fc.record({ shelf: short, title: short, owner: fc.constant(null) }) },
);

describe('a table', () => {
  it('walks through an index like a plain look at every row', () => {
    const walk = fc.record({ value: short, prefix: fc.option(short), after: fc.option(fc.tuple(short, short)) });
    const property = fc.property(fc.array(change, { maxLength: 60 }), walk, (changes, { value, prefix, after }) => {
      const table = aTable();
      const rows = new Map<string, Book>();
      for (const { shelf, title, owner } of changes) {
        const key = encodeKey([shelf, title]);
        if (owner === null) {
          expect(table.remove(key)).toBe(rows.get(key));
          rows.delete(key);
        } else {
          const row = aBook({ shelf, title, owner });
          expect(table.set(row)).toBe(rows.get(key));
          rows.set(key, row);
        }
      }
      const range = { prefix: prefix ?? '', ...(after && { after: encodeKey(after) }) };
      const wanted = (column: 'shelf' | 'owner') =>
        [...rows]
          .filter(([key, row]) => row[column] === value && key.startsWith(range.prefix))
          .filter(([key]) => range.after === undefined || key > range.after)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, row]) => row);
      for (const [index, column] of [['byShelf', 'shelf'] as const, ['byOwner', 'owner'] as const]) {
        expect([...table.byIndex(index, value, range)]).toEqual(wanted(column));
        expect(Array.from(table.walk(index, value, range), ({ row }) => row)).toEqual(wanted(column));
      }
      expect([...table.rows()]).toEqual([...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row));
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('keeps a memo beside its row until the row is replaced or removed', () => {
    const table = aTable();
    const memos = () => [...table.byIndex('byShelf', 'a')].map(({ title }) => [title, memoOf(title)]);
    const memoOf = (title: string, made?: string): string | undefined => {
      for (const passed of table.walk('byOwner', 'o')) {
        if (passed.row.title !== title) continue;
        if (made !== undefined) passed.memo = made;
        return passed.memo;
      }
      throw new Error(`no row ${title}`);
    };
    for (const title of ['t', 'u', 'v']) table.set(aBook({ title }));
    for (const title of ['t', 'u', 'v']) memoOf(title, `of ${title}`);
    table.set(aBook({ title: 't', modIndex: 2 }));
    expect(memos()).toEqual([
      ['t', undefined],
      ['u', 'of u'],
      ['v', 'of v'],
    ]);
    table.remove(encodeKey(['a', 'u']));
    table.set(aBook({ title: 'w' }));
    table.set(aBook({ title: 'u', modIndex: 3 }));
    expect(memos()).toEqual([
      ['t', undefined],
      ['u', undefined],
      ['v', 'of v'],
      ['w', undefined],
    ]);
  });

  it('leaves a unique value to the row that has taken it over', () => {
    const table = aTable();
    table.set(aBook({ title: 'first', isbn: '1' }));
    const second = aBook({ title: 'second', isbn: '1' });
    expect(table.takenUnique(second)).toBe('isbn');
    expect(table.takenUnique(aBook({ title: 'first', isbn: '1', modIndex: 2 }))).toBeUndefined();
    table.set(second);
    table.set(aBook({ title: 'first', isbn: null }));
    expect(table.byUnique('isbn', '1')).toBe(second);
    table.remove(encodeKey(['a', 'first']));
    expect(table.byUnique('isbn', '1')).toBe(second);
    table.remove(encodeKey(['a', 'second']));
    expect(table.byUnique('isbn', '1')).toBeUndefined();
  });

  it('names an index that it does not have', () => {
    expect(() => [...aTable().byIndex('byColour', 'red')]).toThrow('table books has no index byColour');
    expect(() => aTable().byUnique('colour', 'red')).toThrow('table books has no unique index colour');
  });
});

describe('the end of a prefix', () => {
  it.each([
    ['a', 'b'],
    ['p\u0000', 'p\u0001'],
    ['p\u0000\uffff\uffff', 'p\u0001'],
  ])('of %j is %j', (prefix, end) => {
    expect(endOfPrefix(prefix)).toBe(end);
  });
});
