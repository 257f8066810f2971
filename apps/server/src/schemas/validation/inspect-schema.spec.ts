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

describe('SchemaValidator.inspect', () => {
  const validator = new SchemaValidator();
  afterAll(() => validator.close());

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
