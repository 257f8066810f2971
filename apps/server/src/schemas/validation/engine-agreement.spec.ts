import fc from 'fast-check';
import type { JsonValue } from '../../common/json/json-value';
import { setMember } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { compileWithAjv } from './ajv-engine';
import { dialectOf } from './dialect';
import { compileWithHyperjump } from './hyperjump-engine';
import { linkSchema } from './schema-compiler';
import type { Draft } from './validation.types';
import { drafts } from './validation.types';

const name = fc.constantFrom('a', 'b', 'ab', 'toString', 'constructor', 'valueOf', '$ref', '$id', 'x/y', '~', '');
const scalar = fc.constantFrom<JsonValue>(
  null,
  true,
  false,
  0,
  1,
  2,
  3,
  1.5,
  -1,
  '',
  'a',
  'ab',
  'abc',
  '2026-01-31',
  '::1',
);
const count = fc.integer({ min: 0, max: 3 });

function record(values: fc.Arbitrary<JsonValue>, maxLength = 3): fc.Arbitrary<Record<string, JsonValue>> {
  return fc.array(fc.tuple(name, values), { maxLength }).map((entries) => {
    const object: Record<string, JsonValue> = {};
    for (const [key, value] of entries) setMember(object, key, value);
    return object;
  });
}

const content: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 4 }), record(tie('value'))),
})).value;

const type = fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string');
const anchor = fc.constantFrom('#', '#/$defs/d', '#/definitions/d', '#/properties/a', '#/items');

function keywordsOf(schema: fc.Arbitrary<JsonValue>): fc.Arbitrary<Record<string, JsonValue>> {
  const some = fc.array(schema, { minLength: 1, maxLength: 3 });
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 2 });
  return fc.record<Record<string, JsonValue>>(
    {
      type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
      enum: fc.uniqueArray(content, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
      const: content,
      multipleOf: fc.constantFrom(1, 2, 0.5, 1.5),
      maximum: count,
      minimum: count,
      maxLength: count,
      minLength: count,
      pattern: fc.constantFrom('a', '^a+$', '^$', '[^b]'),
      format: fc.constantFrom('date', 'ipv6', 'hostname', 'unknown'),
      maxItems: count,
      minItems: count,
      uniqueItems: fc.boolean(),
      maxProperties: count,
      minProperties: count,
      required: names,
      properties: record(schema),
      patternProperties: fc.dictionary(fc.constantFrom('a', '^b', ''), schema, { maxKeys: 2 }),
      additionalProperties: schema,
      propertyNames: schema,
      contains: schema,
      allOf: some,
      anyOf: some,
      oneOf: some,
      not: schema,
      if: schema,
      then: schema,
      else: schema,
      dependencies: record(fc.oneof(names, schema), 2),
      $ref: anchor,
    },
    { requiredKeys: [] },
  );
}

function schemaIn(draft: Draft): fc.Arbitrary<JsonValue> {
  const isCurrent = draft === '2019-09' || draft === '2020-12';
  const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => {
    const items =
      draft === '2020-12'
        ? tie('schema')
        : fc.oneof(tie('schema'), fc.array(tie('schema'), { minLength: 1, maxLength: 2 }));
    const added = fc.record<Record<string, JsonValue>>(
      {
        items,
        ...(draft === '2020-12'
          ? { prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }
          : { additionalItems: tie('schema') }),
        ...(isCurrent ? { minContains: count, maxContains: count, dependentSchemas: record(tie('schema'), 2) } : {}),
        [isCurrent ? '$defs' : 'definitions']: fc.record({ d: tie('schema') }),
      },
      { requiredKeys: [] },
    );
    const object = fc
      .tuple(keywordsOf(tie('schema')), added, fc.nat(), fc.integer({ min: 1, max: 3 }))
      .map(([keywords, more, first, size]) => pick({ ...keywords, ...more }, first, size));
    const leaf: fc.Arbitrary<JsonValue> =
      draft === 'draft-04' ? fc.constantFrom<JsonValue>({}, { not: {} }) : fc.boolean();
    return { schema: fc.oneof({ maxDepth: 2 }, leaf, object) };
  });
  return schema.map(
    (value) =>
      ({ $schema: dialectOf(draft).uri, ...(typeof value === 'object' ? value : { allOf: [value] }) }) as JsonValue,
  );
}

/** All keywords at once contradict one another; a few at a time say more. */
function pick(all: Record<string, JsonValue>, first: number, size: number): JsonValue {
  const keys = Object.keys(all);
  return Object.fromEntries(
    keys
      .slice(0, keys.length)
      .filter((_, index) => (index + first) % keys.length < size)
      .map((key) => [key, all[key] ?? null]),
  );
}

describe('the two engines', () => {
  it.each(drafts)(
    '%s: agree on any schema that the fast one is chosen for',
    async (draft) => {
      let compared = 0;
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(
          schemaIn(draft),
          fc.array(content, { minLength: 4, maxLength: 8 }),
          async (schema, contents) => {
            const linked = linkOrUndefined(schema);
            if (linked?.engine !== 'ajv') return;
            const fast = compileWithAjv(linked.resources);
            const conformant = await compileWithHyperjump(linked.resources);
            for (const value of contents) {
              const [one, other] = [fast(value, 1000), conformant(value, 1000)];
              compared++;
              if (one.valid) accepted++;
              expect({ value, valid: one.valid }).toEqual({ value, valid: other.valid });
              expect(one.errors.length === 0).toBe(one.valid);
              expect(other.errors.length === 0).toBe(other.valid);
            }
          },
        ),
        { numRuns: 300 },
      );
      expect(accepted).toBeGreaterThan(compared / 10);
      expect(compared - accepted).toBeGreaterThan(compared / 10);
    },
    60_000,
  );
});

function linkOrUndefined(schema: JsonValue) {
  try {
    return linkSchema({ text: JSON.stringify(schema), sources: [], isTrusted: false });
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}
