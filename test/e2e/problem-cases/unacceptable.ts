import { unique } from '../../support/world';
import type { Case } from './case';
import { cases } from './case';

const large = cases(413, 'payload-too-large');
const media = cases(415, 'unsupported-media-type');
const changed = (what: string, json: string, pointer: string): Case =>
  cases(422, 'value-not-representable')(what, (shop) => shop.content(json), [{ pointer: `/content${pointer}` }]);
const invalidSchema = (what: string, content: unknown): Case =>
  cases(422, 'schema-invalid')(what, (shop) => shop.admin('post', '/v1/schemas', { name: unique('schema'), content }));

export const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** In a world with MAX_CONTENT_BYTES=2KiB, MAX_SCHEMA_BYTES=3KiB, MAX_REQUEST_BYTES=8KiB. */
const sizes: readonly Case[] = [
  large('a request', (shop) => shop.content(`"${'x'.repeat(9000)}"`)),
  large('a content that is tried', (shop) => shop.content(`"${'x'.repeat(2100)}"`)),
  large('a content that is written', (shop) =>
    shop.admin('put', shop.config(), { content: 'x'.repeat(2100), expectedVersion: 1 }),
  ),
  large('a schema', (shop) =>
    shop.admin('post', '/v1/schemas', { name: 'large', content: { description: 'x'.repeat(3100) } }),
  ),
  large('a schema that is tried', (shop) =>
    shop.admin('post', `/v1/schemas/${shop.schema.id}/impact`, { content: { title: 'x'.repeat(3100) } }),
  ),
];

const types: readonly Case[] = [
  media('a form', ({ world }) => world.asAdmin('post', '/v1/projects').type('form').send({ name: 'x' })),
  ...['text/plain', 'application/json; charset=latin1', 'application/jsonp'].map((type) =>
    media(type, ({ world }) => world.asAdmin('post', '/v1/projects').type(type).send('{"name":"x"}')),
  ),
  media('an unknown encoding', (shop) =>
    shop.text('post', '/v1/projects', '{"name":"x"}').set('Content-Encoding', 'zstd'),
  ),
];

const values: readonly Case[] = [
  changed('1e400', '1e400', ''),
  changed('9007199254740993', '{"a":[9007199254740993]}', '/a/0'),
  changed('0.1 with more digits than are kept', '{"a":0.10000000000000000001}', '/a'),
  changed('1e-400', '[1e-400]', '/0'),
  changed('a member twice', '{"a":{"b":1,"b":1}}', '/a/b'),
  changed('a lone surrogate', '["\\ud800"]', '/0'),
  changed('a lone surrogate in a name', '{"\\udc00":1}', '/\ufffd'),
  changed('one level more than MAX_DEPTH', nested(101), '/0'.repeat(100)),
  changed('many levels more than MAX_DEPTH', `[1,${nested(2000)}]`, `/1${'/0'.repeat(99)}`),
  cases(422, 'content-invalid')(
    'a content that breaks its schema',
    (shop) => shop.admin('put', shop.config(), { content: { port: 'x', more: 1 }, expectedVersion: 1 }),
    [
      { pointer: '/content/more', keyword: 'additionalProperties' },
      { pointer: '/content/port', keyword: 'type' },
    ],
  ),
  invalidSchema('a schema of an unknown type', { type: 'strin' }),
  invalidSchema('a schema that is a number', 7),
  invalidSchema('a $ref that leads nowhere', { $ref: 'https://schemas.example.com/nowhere' }),
  invalidSchema('an unknown draft', { $schema: 'https://example.com/draft' }),
  invalidSchema('a pattern that is none', { pattern: '(' }),
  cases(422, 'idempotency-mismatch')('an Idempotency-Key for another request', async (shop) => {
    const name = unique('once');
    await shop.admin('post', '/v1/projects', { name }).set('Idempotency-Key', name).expect(201);
    return shop.admin('post', '/v1/projects', { name: `${name}!` }).set('Idempotency-Key', name);
  }),
  cases(422, 'validation-cut-off')('a pattern that needs exponential time', async (shop) => {
    const { id } = await shop.world.aSchema({ pattern: '^(a+)+$' });
    const check = () => shop.admin('post', `/v1/schemas/${id}/validate`, { content: `${'a'.repeat(60)}!` });
    let answer = await check();
    // A machine that is busy with others finds no verdict, and says to try again.
    for (let attempt = 0; answer.status === 503 && attempt < 10; attempt++) answer = await check();
    return answer;
  }),
];

export const unacceptable: readonly Case[] = [...sizes, ...types, ...values];
