import { parseJson } from '../../common/json/parse-json';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { SchemaValidator } from './schema-validator';
import type { SchemaBundle, SchemaSource, ValidationError } from './validation.types';

const none = new Map<string, SchemaSource>();
let serial = 0;

function bundle(schema: JsonValue, references: readonly SchemaSource[] = []): SchemaBundle {
  return { root: { key: `schema-${++serial}@1`, text: JSON.stringify(schema) }, references };
}

function stored(...schemas: { $id: string }[]): Map<string, SchemaSource> {
  return new Map(
    schemas.map((schema) => [schema.$id, { key: `${schema.$id}@1`, uri: schema.$id, text: JSON.stringify(schema) }]),
  );
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

describe('SchemaValidator', () => {
  const validator = new SchemaValidator();
  afterAll(() => validator.close());

  describe('inspect', () => {
    it.each([
      [{}, '2020-12'],
      [true, '2020-12'],
      [{ $schema: 'http://json-schema.org/draft-04/schema#' }, 'draft-04'],
      [{ $schema: 'http://json-schema.org/draft-06/schema' }, 'draft-06'],
      [{ $schema: 'http://json-schema.org/draft-07/schema#' }, 'draft-07'],
      [{ $schema: 'https://json-schema.org/draft/2019-09/schema' }, '2019-09'],
      [{ $schema: 'https://json-schema.org/draft/2020-12/schema#' }, '2020-12'],
    ])('takes %j for %s', async (schema, draft) => {
      expect(await validator.inspect(schema, none)).toEqual({ draft, schemaUri: null, references: [], closure: [] });
    });

    it('refuses an unknown $schema and names the accepted ones', async () => {
      const { code, errors } = await refusal(validator.inspect({ $schema: 'https://example.com/mine' }, none));
      expect(code).toBe('schema-invalid');
      expect(errors[0]).toMatchObject({ pointer: '/$schema', keyword: '$schema' });
      expect(errors[0]?.message).toContain('http://json-schema.org/draft-07/schema');
    });

    it.each([
      [{ type: 'strin' }, '/type', 'enum'],
      [{ properties: { a: { minimum: 'x' } } }, '/properties/a/minimum', 'type'],
      [{ $schema: 'http://json-schema.org/draft-04/schema#', exclusiveMinimum: 3 }, '/exclusiveMinimum', 'type'],
      [{ properties: { 'a/b': { pattern: '(' } } }, '/properties/a~1b/pattern', 'pattern'],
      [{ patternProperties: { '[': {} } }, '/patternProperties/[', 'patternProperties'],
      [{ $ref: '#/$defs/none' }, '/$ref', '$ref'],
      [{ items: { $ref: '#none' } }, '/items/$ref', '$ref'],
      [{ allOf: [{ $ref: 'https://example.com/none' }] }, '/allOf/0/$ref', '$ref'],
      [{ $ref: 'other.json' }, '/$ref', '$ref'],
      [{ $defs: { a: { $id: 'https://x.example/a' }, b: { $id: 'https://x.example/a' } } }, '/$defs/b/$id', '$id'],
    ])('refuses %j at %s', async (schema, pointer, keyword) => {
      const { code, errors } = await refusal(validator.inspect(schema as JsonValue, none));
      expect(code).toBe('schema-invalid');
      expect(errors).toContainEqual(expect.objectContaining({ pointer, keyword }));
    });

    it('refuses a number, a string, an array or null as a schema', async () => {
      for (const schema of [1, 'object', [], null])
        expect((await refusal(validator.inspect(schema, none))).code).toBe('schema-invalid');
    });

    it('refuses a schema that applies itself to the same value without end', async () => {
      for (const schema of [
        { $ref: '#' },
        { $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' },
        { not: { $ref: '#' } },
      ] as JsonValue[]) {
        const { code, errors } = await refusal(validator.inspect(schema, none));
        expect(code).toBe('schema-invalid');
        expect(errors[0]?.message).toContain('without end');
      }
    });

    it('accepts a schema that refers to itself for the values within', async () => {
      const tree = { $id: 'https://x.example/tree', properties: { children: { items: { $ref: '#' } } } };
      expect(await validator.inspect(tree, none)).toMatchObject({
        schemaUri: 'https://x.example/tree',
        references: [],
      });
    });

    it('follows references to stored schemas, absolute and relative, and tells the direct ones from the closure', async () => {
      const schemas = stored(
        { $id: 'https://x.example/s/port', type: 'integer' } as { $id: string },
        { $id: 'https://x.example/s/address', properties: { port: { $ref: 'port' } } } as { $id: string },
        { $id: 'https://x.example/s/unused' },
      );
      const found = await validator.inspect(
        { $id: 'https://x.example/s/service', items: { $ref: './address' } },
        schemas,
      );
      expect(found.references).toEqual(['https://x.example/s/address']);
      expect(found.closure.map(({ uri }) => uri).sort()).toEqual([
        'https://x.example/s/address',
        'https://x.example/s/port',
      ]);
      const content = [{ port: 'x' }];
      const verdict = await validator.validate(
        bundle({ $id: 'https://x.example/s/service', items: { $ref: './address' } }, found.closure),
        content,
      );
      expect(verdict.errors).toEqual([{ pointer: '/0/port', keyword: 'type', message: 'must be integer, is string' }]);
    });

    it('takes a reference back to the schema under inspection for this version of it', async () => {
      const old = { $id: 'https://x.example/a', properties: { b: { $ref: 'b' } } };
      const other = { $id: 'https://x.example/b', properties: { a: { $ref: 'a#/$defs/new' } } };
      const next = { ...old, $defs: { new: { type: 'string' } } };
      const { references, closure } = await validator.inspect(next, stored(old, other));
      expect(references).toEqual(['https://x.example/b']);
      expect(closure.map(({ uri }) => uri)).toEqual(['https://x.example/b']);
      expect((await validator.validate(bundle(next, closure), { b: { a: 1 } })).errors[0]).toMatchObject({
        pointer: '/b/a',
        keyword: 'type',
      });
    });

    it('lets a schema refer to one of another draft', async () => {
      const limit = {
        $schema: 'http://json-schema.org/draft-04/schema#',
        id: 'https://x.example/limit',
        maximum: 10,
        exclusiveMaximum: true,
      };
      const source = { key: 'limit@1', uri: limit.id, text: JSON.stringify(limit) };
      const schema = { properties: { n: { $ref: limit.id } } };
      expect((await validator.inspect(schema, new Map([[limit.id, source]]))).closure).toEqual([source]);
      const { errors } = await validator.validate(bundle(schema, [source]), { n: 10 });
      expect(errors).toEqual([{ pointer: '/n', keyword: 'maximum', message: 'must be less than 10, is 10' }]);
    });

    it('says why it gives up on references that lead through too many stored schemas', async () => {
      const chain = stored(
        ...Array.from({ length: 60 }, (_, index) => ({
          $id: `https://x.example/${index}`,
          items: { $ref: String(index + 1) },
        })),
      );
      expect((await refusal(validator.inspect({ $ref: 'https://x.example/0' }, chain))).detail).toContain(
        '50 stored schemas',
      );
    });
  });

  describe('validate', () => {
    it('asserts formats in every draft', async () => {
      for (const $schema of [
        'http://json-schema.org/draft-04/schema#',
        'https://json-schema.org/draft/2020-12/schema',
      ]) {
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

    it.each(['toString', 'constructor', 'hasOwnProperty', 'valueOf', '__proto__'])(
      'treats a member named %s as any other',
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
});
