import { parseJson } from '../../common/json/parse-json';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { SchemaValidator } from './schema-validator';
import type { SchemaBundle, SchemaSource, ValidationError } from './validation.types';

let serial = 0;

function bundle(schema: JsonValue, references: readonly SchemaSource[] = []): SchemaBundle {
  return { root: { key: `schema-${++serial}@1`, text: JSON.stringify(schema) }, references };
}

async function refusal(
  promise: Promise<unknown>,
): Promise<{ code: string; detail: string | undefined; errors: readonly Partial<ValidationError>[] }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Rejected)) throw new Error(`not rejected but ${String(error)}`);
  return { code: error.code, detail: error.detail.detail, errors: error.detail.errors ?? [] };
}

describe('SchemaValidator.validate', () => {
  const validator = new SchemaValidator();
  afterAll(() => validator.close());

  it.each([
    ['the fast engine', {}],
    ['the conformant engine', { unevaluatedItems: false }],
  ])('tells places under long names in a few characters, with %s', async (_engine, more) => {
    const schema = bundle({ additionalProperties: { items: { type: 'integer' } }, ...more });
    const { errors } = await validator.validate(schema, { ['k'.repeat(200_000)]: new Array(20).fill('x') });
    expect(errors.length).toBeGreaterThan(0);
    for (const { pointer, message } of errors) expect(pointer.length + message.length).toBeLessThanOrEqual(512);
  });

  it('asserts formats in every draft', async () => {
    for (const $schema of ['http://json-schema.org/draft-04/schema#', 'https://json-schema.org/draft/2020-12/schema']) {
      const schema = bundle({
        $schema,
        properties: { at: { format: 'date-time' }, id: { format: 'uuid' }, to: { format: 'email' } },
      });
      expect(
        (await validator.validate(schema, { at: '2026-02-30T00:00:00Z', id: 'x', to: '@' })).errors.map(
          ({ pointer }) => pointer,
        ),
      ).toEqual(['/at', '/id', '/to']);
      expect(
        (
          await validator.validate(schema, {
            at: '2026-02-28T00:00:00Z',
            id: '123e4567-e89b-12d3-a456-426614174000',
            to: 'a@b.example',
          })
        ).valid,
      ).toBe(true);
    }
  });

  it.each<[string, JsonValue]>([
    ['a harmless schema', {}],
    ['a schema with a pattern', { propertyNames: { pattern: '^[a-z_]+$' } }],
    ['a schema for the conformant engine', { unevaluatedProperties: false }],
  ])('says of many contents of %s what it says of each', async (_what, more) => {
    const properties = { port: { type: 'integer', maximum: 9 }, host: { type: 'string' } };
    const schema = bundle({ type: 'object', required: ['port'], properties, ...(more as object) });
    const texts = ['{"port":1}', '{"port":10}', '{"__proto__":1,"port":"x"}', '[]', '{"A b":1}', '{"port":1,"host":2}'];
    const many: unknown[] = [];
    while (many.length < texts.length) many.push(...(await validator.validateMany(schema, texts.slice(many.length))));
    const each = texts.map((text) => validator.validate(schema, JSON.parse(text) as JsonValue));
    expect(many).toEqual(await Promise.all(each));
    const counted = await validator.validateMany(schema, texts.slice(1, 2), 0);
    expect(counted).toEqual([{ valid: false, errors: [] }]);
  });

  it('tells what is wrong, where, and what is accepted', async () => {
    const schema = bundle({
      type: 'object',
      required: ['port', 'host'],
      properties: {
        port: { type: 'integer', minimum: 1, maximum: 65535 },
        mode: { enum: ['on', 'off', null] },
        tags: { uniqueItems: true },
      },
      additionalProperties: false,
    });
    const { errors } = await validator.validate(schema, {
      port: 70000,
      mode: 'maybe',
      tags: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      toString: 1,
    });
    expect(errors).toEqual(
      expect.arrayContaining([
        { pointer: '', keyword: 'required', message: 'must have the member "host"' },
        { pointer: '/port', keyword: 'maximum', message: 'must be at most 65535, is 70000' },
        { pointer: '/mode', keyword: 'enum', message: 'must be one of "on", "off", null; is "maybe"' },
        { pointer: '/tags', keyword: 'uniqueItems', message: 'must have no two equal items' },
        {
          pointer: '/toString',
          keyword: 'additionalProperties',
          message: 'is not an accepted member; accepted are "port", "mode", "tags"',
        },
      ]),
    );
    expect(errors).toHaveLength(5);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty', 'valueOf', '__proto__', ''])(
    'treats a member named %j as any other',
    async (name) => {
      const object = (value: string) => parseJson(`{"${name}":${value}}`, { maxDepth: 10 });
      const needs = bundle(
        JSON.parse(`{"required":["${name}"],"properties":{"${name}":{"type":"string"}}}`) as JsonValue,
      );
      expect((await validator.validate(needs, {})).errors).toEqual([
        { pointer: '', keyword: 'required', message: `must have the member "${name}"` },
      ]);
      expect((await validator.validate(needs, object('1'))).errors).toEqual([
        { pointer: `/${name}`, keyword: 'type', message: 'must be string, is integer' },
      ]);
      const otherwise = bundle({ if: { required: [name] }, then: false, not: { dependentRequired: { a: [name] } } });
      expect(await validator.validate(otherwise, { a: 1 })).toMatchObject({ valid: true });
      expect(await validator.validate(otherwise, object('1'))).toMatchObject({ valid: false });
      expect((await validator.validate(needs, object('"x"'))).valid).toBe(true);
      const closed = bundle({ additionalProperties: false });
      expect((await validator.validate(closed, object('1'))).errors[0]).toMatchObject({
        pointer: `/${name}`,
        keyword: 'additionalProperties',
      });
      const fixed = bundle(JSON.parse(`{"items":{"enum":[{"${name}":1}]},"uniqueItems":true}`) as JsonValue);
      expect((await validator.validate(fixed, [object('1')])).valid).toBe(true);
      expect((await validator.validate(fixed, [object('2')])).errors[0]).toMatchObject({
        pointer: '/0',
        keyword: 'enum',
      });
      expect((await validator.validate(fixed, [object('1'), object('1')])).errors[0]).toMatchObject({
        pointer: '',
        keyword: 'uniqueItems',
      });
      const depends = bundle(JSON.parse(`{"dependentRequired":{"${name}":["x"]}}`) as JsonValue);
      expect((await validator.validate(depends, {})).valid).toBe(true);
      expect((await validator.validate(depends, object('1'))).errors[0]).toMatchObject({
        keyword: 'dependentRequired',
      });
    },
  );

  it('ignores keywords that only a library knows', async () => {
    const schema = bundle({
      type: 'string',
      nullable: true,
      $async: true,
      discriminator: { propertyName: 'x' },
      $data: '1',
    });
    expect((await validator.validate(schema, null)).valid).toBe(false);
    expect((await validator.validate(schema, 'x')).valid).toBe(true);
  });

  it('multiplies as decimals', async () => {
    for (const [multipleOf, value, valid] of [
      [0.01, 19.99, true],
      [0.1, 0.3, true],
      [1e-8, 1.5e-9, false],
      [0.01, 0.015, false],
      [1e-300, 1e300, true],
      [7, 9007199254740991, false],
    ] as const) {
      expect((await validator.validate(bundle({ multipleOf }), value)).valid).toBe(valid);
    }
  });

  it('finds a target where no keyword holds schemas, and under names that need escaping', async () => {
    const schema = bundle({
      properties: { a: { $ref: '#/components/schemas/x~1y%23z' }, b: { $ref: '#/$defs/a%25b%22c' } },
      components: { schemas: { 'x/y#z': { type: 'integer' } } },
      $defs: { 'a%b"c': { type: 'boolean' } },
    });
    expect((await validator.validate(schema, { a: 1, b: true })).valid).toBe(true);
    expect((await validator.validate(schema, { a: '', b: '' })).errors.map(({ pointer }) => pointer)).toEqual([
      '/a',
      '/b',
    ]);
  });

  it('keeps two versions of a schema with one $id apart', async () => {
    const version = (type: string) =>
      bundle({ $id: 'https://x.example/same', unevaluatedProperties: false, properties: { a: { type } } });
    const [one, two] = [version('string'), version('integer')];
    expect((await validator.validate(one, { a: 'x' })).valid).toBe(true);
    expect((await validator.validate(two, { a: 'x' })).valid).toBe(false);
    expect((await validator.validate(one, { a: 'x' })).valid).toBe(true);
  });

  it('gives at most the configured number of errors', async () => {
    const few = new SchemaValidator({ maxErrors: 3 });
    const content = Array.from({ length: 50 }, () => 'x');
    for (const schema of [
      { items: { type: 'integer' } },
      { items: { type: 'integer' }, unevaluatedProperties: false },
    ] as JsonValue[]) {
      expect((await few.validate(bundle(schema), content)).errors).toHaveLength(3);
    }
    await few.close();
  });

  it('checks a bundle without a key each time', async () => {
    const schema = { root: { key: null, text: '{"type":"string"}' }, references: [] };
    expect((await validator.validate(schema, 1)).valid).toBe(false);
    expect((await validator.validate(schema, 'x')).valid).toBe(true);
  });

  it('refuses a bundle that does not hold what it refers to', async () => {
    const broken = bundle({ $ref: 'https://x.example/gone' });
    expect(await refusal(validator.validate(broken, 1))).toMatchObject({
      code: 'schema-invalid',
      errors: [{ pointer: '/$ref' }],
    });
  });
});

describe('what is told of a schema that is refused', () => {
  const validator = new SchemaValidator();
  afterAll(() => validator.close());

  it.each<[string, JsonValue]>([
    ['references that lead nowhere', { allOf: Array.from({ length: 3000 }, (_, n) => ({ $ref: `x${n}` })) }],
    ['a long reference', { $ref: 'x'.repeat(100_000) }],
    ['a long type', { type: 'x'.repeat(100_000) }],
    ['a long pattern', { pattern: '('.repeat(100_000) }],
  ])('is little: %s', async (_what, schema) => {
    const { errors } = await refusal(validator.inspect(schema, new Map()));
    expect(errors.length).toBeLessThanOrEqual(101);
    expect(JSON.stringify(errors).length).toBeLessThan(100_000);
  });
});
