import type { Case } from './case';
import { cases } from './case';

const malformed = cases(400, 'malformed-json');
const invalid = cases(400, 'validation-failed');
const body = (what: string, pointer: string, send: Case['send']): Case => invalid(what, send, [{ pointer }]);
const parameter = (path: string, name: string): Case =>
  invalid(
    `the query parameter in ${path}`,
    (shop) => shop.admin('get', path.replace('{project}', shop.project.id).replace('{key}', shop.key)),
    [{ parameter: name }],
  );

const texts: readonly Case[] = [
  malformed('a body that is not JSON', (shop) => shop.text('post', '/v1/projects', '{"name":}')),
  malformed('an empty text as JSON', (shop) => shop.text('post', '/v1/projects', ' ')),
  malformed('two values', (shop) => shop.text('post', '/v1/projects', '{} {}')),
  malformed('bytes that are not UTF-8', ({ world }) =>
    world
      .asAdmin('post', '/v1/projects')
      .type('application/json')
      .serialize((bytes: unknown) => bytes as string)
      .send(Buffer.from([0x22, 0xff, 0x22])),
  ),
];

const bodies: readonly Case[] = [
  body('a body that is no object', '', (shop) => shop.text('post', '/v1/projects', '[]')),
  body('no body', '', (shop) => shop.admin('post', '/v1/projects')),
  body('an unknown member', '/colour', (shop) => shop.admin('post', '/v1/projects', { name: 'x', colour: 'red' })),
  body('a member named __proto__', '/__proto__', (shop) =>
    shop.text('post', '/v1/projects', '{"name":"x","__proto__":{}}'),
  ),
  invalid('a missing member', (shop) => shop.admin('post', '/v1/projects', { description: 'x' }), [
    { pointer: '/name', keyword: 'required', message: 'is required' },
  ]),
  invalid('a member of a wrong type', (shop) => shop.admin('post', '/v1/projects', { name: 7 }), [
    { pointer: '/name', keyword: 'isString', message: 'must be a string' },
  ]),
  ...['/v1/projects', '/v1/schemas', '/v1/users'].map((path) =>
    invalid(
      `a name of white space at ${path}`,
      (shop) => {
        const more = {
          '/v1/schemas': { content: {} },
          '/v1/users': { email: 'b@example.com', password: 'x'.repeat(8) },
        };
        return shop.admin('post', path, { name: ' \t ', ...(more as Record<string, object>)[path] });
      },
      [{ pointer: '/name', keyword: 'matches', message: 'must not be blank' }],
    ),
  ),
  ...(['/configs/{key}', '', '/roles/{viewer}'] as const).map((path) =>
    body(`an unknown member in a deletion of ${path || 'a project'}`, '/nonsense', (shop) =>
      shop.admin('delete', shop.at(path.replace('{key}', shop.key).replace('{viewer}', shop.viewer.userId)), {
        nonsense: 1,
      }),
    ),
  ),
  body('a deletion with an array', '', (shop) => shop.text('delete', shop.at(''), '[]')),
  body('a wrong version in a deletion', '/expectedVersion', (shop) =>
    shop.admin('delete', shop.config(), { expectedVersion: '1' }),
  ),
  invalid(
    'another version in the query of a deletion than in its body',
    (shop) => shop.admin('delete', `${shop.config()}?expectedVersion=1`, { expectedVersion: 2 }),
    [{ parameter: 'expectedVersion' }],
  ),
  body('a content left out', '/content', (shop) => shop.admin('put', shop.config(), { expectedVersion: 1 })),
  ...[0, 1.5, '1', -1].map((expectedVersion) =>
    body(`the version ${JSON.stringify(expectedVersion)}`, '/expectedVersion', (shop) =>
      shop.admin('put', shop.config(), { content: { port: 1 }, expectedVersion }),
    ),
  ),
  body('a wrong key', '/key', (shop) =>
    shop.admin('post', shop.at('/configs'), { key: '.x', schemaId: shop.schema.id, content: 1 }),
  ),
  body('a wrong role', '/role', (shop) =>
    shop.admin('post', shop.at('/roles'), { userId: shop.viewer.userId, role: 'owner' }),
  ),
  body('neither userId nor email', '', (shop) => shop.admin('post', shop.at('/roles'), { role: 'viewer' })),
  ...['seven77', 'x'.repeat(129)].map((password) =>
    body(`a password of ${password.length} characters`, '/password', (shop) =>
      shop.admin('post', '/v1/users', { email: 'a@example.com', password }),
    ),
  ),
  body('an e-mail that is none', '/email', (shop) =>
    shop.admin('post', '/v1/users', { email: 'a', password: 'x'.repeat(8) }),
  ),
  body('a new password of one’s own without the current one', '/currentPassword', (shop) =>
    shop.asViewer('patch', `/v1/users/${shop.viewer.userId}`, { password: 'another password' }),
  ),
];

const parameters: readonly Case[] = [
  parameter('/v1/projects?limit=0', 'limit'),
  parameter('/v1/projects?limit=201', 'limit'),
  parameter('/v1/projects?limit=1e1', 'limit'),
  parameter('/v1/projects?limit=1&limit=2', 'limit'),
  parameter('/v1/projects?cursor=nonsense', 'cursor'),
  parameter('/v1/schemas?cursor=W10', 'cursor'),
  parameter('/v1/users?cursor=bnVsbA', 'cursor'),
  parameter('/v1/audit?cursor=WyJ4Il0', 'cursor'),
  parameter('/v1/projects/{project}/roles?cursor=e30', 'cursor'),
  parameter('/v1/projects/{project}/configs?cursor=WyIuIl0', 'cursor'),
  parameter('/v1/projects/{project}/configs/{key}/revisions?cursor=WyJ4Il0', 'cursor'),
  parameter('/v1/projects/{project}/configs?include=all', 'include'),
  parameter('/v1/projects?colour=red', 'colour'),
  parameter('/v1/projects/{project}?colour=red', 'colour'),
  parameter('/v1/projects?q=%00', 'q'),
  parameter('/v1/projects?consistency=eventual', 'consistency'),
  parameter('/v1/projects?maxStaleness=1s', 'maxStaleness'),
  parameter('/v1/projects?consistency=local&maxStaleness=soon', 'maxStaleness'),
  parameter('/v1/projects?minIndex=-1', 'minIndex'),
  parameter('/v1/audit?since=yesterday', 'since'),
  parameter('/v1/audit/verify?fast=true', 'fast'),
  parameter('/v1/projects/{project}/configs/{key}/diff?from=1', 'to'),
  parameter('/v1/projects/{project}/configs/{key}/diff?from=1&to=x', 'to'),
  parameter('/v1/projects/{project}/configs/{key}/revisions/0', 'version'),
  invalid(
    'another version in the query than in the body',
    (shop) => shop.admin('put', `${shop.config()}?expectedVersion=2`, { content: { port: 1 }, expectedVersion: 1 }),
    [{ parameter: 'expectedVersion' }],
  ),
  invalid(
    'an expectedVersion for what has no version',
    (shop) => shop.admin('delete', `${shop.at('')}?expectedVersion=1`),
    [{ parameter: 'expectedVersion' }],
  ),
  ...(['put', 'patch', 'delete'] as const).map((method) =>
    invalid(
      `a parameter of reads in a ${method}`,
      (shop) => {
        const path = method === 'patch' ? shop.at('') : shop.config();
        const body = { put: { content: { port: 1 }, expectedVersion: 1 }, patch: { description: 'x' }, delete: {} };
        return shop.admin(method, `${path}?minIndex=999999`, body[method]);
      },
      [{ parameter: 'minIndex' }],
    ),
  ),
  invalid('a wrong percent-encoding', (shop) => shop.admin('get', '/v1/projects/%ff'), [{ parameter: 'path' }]),
];

const headers: readonly Case[] = [
  invalid(
    'an If-Match that is no ETag',
    (shop) => shop.admin('put', shop.config(), { content: { port: 1 } }).set('If-Match', '42'),
    [{ header: 'If-Match' }],
  ),
  invalid(
    'an Idempotency-Key with a space',
    (shop) => shop.admin('post', '/v1/projects', { name: 'x' }).set('Idempotency-Key', 'a b'),
    [{ header: 'Idempotency-Key' }],
  ),
  invalid(
    'an API key in the header and in the path',
    ({ world, project, key }) =>
      world.http('get', `/v1/read/${project.apiKey}/${key}`).set('X-API-Key', project.apiKey),
    [{ header: 'X-API-Key' }],
  ),
];

export const badRequests: readonly Case[] = [...texts, ...bodies, ...parameters, ...headers];
