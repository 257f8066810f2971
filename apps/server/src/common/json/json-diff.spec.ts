import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import { canonicalText } from './canonical-text';
import { diffJson as diffWithin } from './json-diff';
import { tokensOf, valueAt } from './json-pointer';
import type { JsonDiff, PatchOperation } from './json-patch';
import type { JsonValue } from './json-value';
import { isJsonArray, setMember } from './json-value';
import { StructuralIds } from './structural-ids';

const diffJson = (from: JsonValue, to: JsonValue, maxBytes = 2 ** 23): JsonDiff => diffWithin(from, to, { maxBytes });

const oddNames = ['__proto__', 'constructor', 'toString', 'a/b', '~', '~1', '', '0', '-', 'ключ', ' '];

function jsonWith(names: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2.5, '', 'x'),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.array(fc.tuple(names, tie('value')), { maxLength: 5 }).map((entries) => {
        const object: Record<string, JsonValue> = {};
        for (const [name, item] of entries) setMember(object, name, item);
        return object;
      }),
    ),
  }));
  return value;
}

describe('diffJson', () => {
  it('gives a patch that turns the one document into the other, whatever the members are called', () => {
    const documents = jsonWith(fc.constantFrom('a', 'b', ...oddNames));
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const patched = patchedBy(from, diffJson(from, to).patch);
        expect(areEqual(patched, to)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a patch that another implementation applies to the same effect', () => {
    const documents = jsonWith(fc.constantFrom('a', 'b', 'a/b', '~', '0', ''));
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const holder = { root: copyOf(from) };
        const patch = diffJson(from, to).patch.map((operation) => ({ ...operation, path: `/root${operation.path}` }));
        expect(applyPatch(holder, patch).filter((error) => error !== null)).toEqual([]);
        expect(holder.root).toEqual(to);
      }),
      { numRuns: 1000 },
    );
  });

  it('names each change where it is, with the values before and after', () => {
    const documents = jsonWith(fc.constantFrom('a', 'b', ...oddNames));
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        for (const { pointer, kind, before, after } of diffJson(from, to).changes) {
          const tokens = tokensOf(pointer) ?? [];
          if (kind === 'removed') expect(valueAt(from, tokens)).toBe(before);
          else expect(valueAt(to, tokens)).toBe(after);
          if (kind === 'changed') expect(areEqual(before ?? null, after ?? null)).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says nothing of documents that differ in the order of members only', () => {
    expect(diffJson({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toEqual({ patch: [], changes: [] });
  });

  it('tells an insertion into an array as one', () => {
    expect(diffJson({ hosts: ['a', 'b', 'c'] }, { hosts: ['a', 'x', 'b', 'c'] })).toEqual({
      patch: [{ op: 'add', path: '/hosts/1', value: 'x' }],
      changes: [{ pointer: '/hosts/1', kind: 'added', after: 'x' }],
    });
  });

  it('goes into an item that changed', () => {
    expect(diffJson([{ name: 'a', port: 1 }, 7], [{ name: 'a', port: 2 }, 7]).changes).toEqual([
      { pointer: '/0/port', kind: 'changed', before: 1, after: 2 },
    ]);
  });

  it('replaces a whole document of another kind', () => {
    expect(diffJson([1], { a: 1 }).patch).toEqual([{ op: 'replace', path: '', value: { a: 1 } }]);
  });

  it('tells what was moved, put in and taken out of long arrays', () => {
    const from: JsonValue[] = Array.from({ length: 20_000 }, (_, id) => ({ id, port: 1 }));
    const to = [
      ...from.slice(0, 10),
      'new',
      ...from.slice(10, 9000),
      ...from.slice(9002, 19_000),
      ...from.slice(19_000),
    ];
    to[5] = { id: 5, port: 2 };
    to.push('last');
    expect(diffJson(from, to).changes.map(({ kind, pointer }) => [kind, pointer])).toEqual([
      ['changed', '/5/port'],
      ['added', '/10'],
      ['removed', '/9000'],
      ['removed', '/9001'],
      ['added', '/19999'],
    ]);
  });

  it('spends its budget once, however many arrays there are', () => {
    const rows = (offset: number): JsonValue =>
      Array.from({ length: 200 }, (_, row) => [row, ...Array.from({ length: 500 }, (_, index) => index * 2 + offset)]);
    const { patch } = diffJson(rows(0), rows(1));
    expect(areEqual(patchedBy(rows(0), patch), rows(1))).toBe(true);
  });

  describe('with more changes than fit', () => {
    it('replaces the array that has them, and tells the rest one by one', () => {
      const from = { port: 1, rows: Array.from({ length: 20_000 }, (_, index) => index), host: 'a' };
      const to = { ...from, port: 2, rows: from.rows.map((value) => value + 500_000), host: 'b' };
      expect(diffJson(from, to).patch.map(({ op, path }) => [op, path])).toEqual([
        ['replace', '/port'],
        ['replace', '/rows'],
        ['replace', '/host'],
      ]);
    });

    it('replaces the document where nothing smaller will do', () => {
      const from = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
      const to = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`j${index}`, index]));
      expect(diffJson(from, to)).toEqual({
        patch: [{ op: 'replace', path: '', value: to }],
        changes: [{ pointer: '', kind: 'changed', before: from, after: to }],
      });
    });

    it('does not repeat a long name for each change under it', () => {
      const name = 'k'.repeat(100_000);
      const { patch } = diffJson({ [name]: new Array(300).fill(0) }, { [name]: new Array(300).fill(1) });
      expect(patch).toEqual([{ op: 'replace', path: `/${name}`, value: new Array(300).fill(1) }]);
    });

    it('gives a correct patch within the bytes, or one operation', () => {
      const documents = jsonWith(fc.constantFrom('a', 'b', 'é'.repeat(50), '"\n/~'.repeat(20)));
      fc.assert(
        fc.property(documents, documents, fc.integer({ min: 1, max: 1500 }), (from, to, maxBytes) => {
          const diff = diffJson(from, to, maxBytes);
          expect(areEqual(patchedBy(from, diff.patch), to)).toBe(true);
          expect(diff.changes).toHaveLength(diff.patch.length);
          if (diff.patch.length > 1) expect(Buffer.byteLength(JSON.stringify(diff))).toBeLessThanOrEqual(maxBytes + 30);
        }),
        { numRuns: 2000 },
      );
    });
  });
});

function copyOf(value: JsonValue): JsonValue {
  return JSON.parse(canonicalText(value)) as JsonValue;
}

function areEqual(one: JsonValue, other: JsonValue): boolean {
  const ids = new StructuralIds();
  return ids.of(one) === ids.of(other);
}

/** RFC 6902 for add, remove and replace, with own members only: libraries refuse or lose `__proto__`. */
function patchedBy(document: JsonValue, patch: readonly PatchOperation[]): JsonValue {
  const holder: Record<string, JsonValue> = { root: copyOf(document) };
  for (const operation of patch) {
    const tokens = ['root', ...(tokensOf(operation.path) ?? [])];
    const parent = valueAt(holder, tokens.slice(0, -1)) as JsonValue[] | Record<string, JsonValue>;
    const token = tokens.at(-1) ?? '';
    if (isJsonArray(parent)) {
      const items = parent as JsonValue[];
      if (operation.op === 'remove') items.splice(Number(token), 1);
      else items.splice(Number(token), operation.op === 'replace' ? 1 : 0, operation.value);
    } else if (operation.op === 'remove') {
      if (!Object.hasOwn(parent, token)) throw new Error(`nothing to remove at ${operation.path}`);
      delete (parent as Record<string, JsonValue>)[token];
    } else setMember(parent as Record<string, JsonValue>, token, operation.value);
  }
  return holder['root'] ?? null;
}
