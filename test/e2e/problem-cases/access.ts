import type { Method } from '../../support/world';
import { adminPassword } from '../../support/world';
import type { Case } from './case';
import { cases } from './case';

const unauthenticated = cases(401, 'unauthenticated');
const invalidApiKey = cases(401, 'invalid-api-key');
const forbidden = cases(403, 'forbidden');
const missing = (what: string, code: string, send: Case['send']): Case => cases(404, code)(what, send);
const wrongMethod = (method: Method, path: string): Case =>
  cases(405, 'method-not-allowed')(`${method.toUpperCase()} ${path}`, (shop) =>
    shop.admin(method, path.replace('{project}', shop.project.id).replace('{key}', shop.key)),
  );
const nobody = '00000000-0000-4000-8000-000000000000';

export const accessProblems: readonly Case[] = [
  unauthenticated('no token', ({ world }) => world.http('get', '/v1/auth/me')),
  unauthenticated('a token that is none', ({ world }) => world.as({ accessToken: 'x.y.z' }, 'get', '/v1/auth/me')),
  unauthenticated('another scheme', ({ world }) =>
    world.http('get', '/v1/auth/me').auth('admin@example.com', adminPassword),
  ),
  unauthenticated('a refresh token that is none', ({ world }) =>
    world.http('post', '/v1/auth/refresh').send({ refreshToken: 'x' }),
  ),
  cases(401, 'invalid-credentials')('a wrong password', ({ world, viewer }) =>
    world.http('post', '/v1/auth/login').send({ email: viewer.email, password: 'wrong password' }),
  ),
  cases(401, 'invalid-credentials')(
    'a wrong current password',
    (shop) =>
      shop.asViewer('patch', `/v1/users/${shop.viewer.userId}`, { password: 'another one', currentPassword: 'wrong' }),
    [{ pointer: '/currentPassword' }],
  ),
  invalidApiKey('an unknown API key', ({ world }) => world.http('get', '/v1/read/cfg_x/app')),
  invalidApiKey('no API key', ({ world }) => world.http('get', '/v1/read')),
  forbidden('a viewer who deletes', (shop) => shop.asViewer('delete', shop.config())),
  forbidden('a user who lists users', (shop) => shop.asViewer('get', '/v1/users')),
  forbidden('a user who appoints themselves', (shop) =>
    shop.asViewer('patch', `/v1/users/${shop.viewer.userId}`, { isAdmin: true }),
  ),
  missing('an unknown route', 'route-not-found', (shop) => shop.admin('get', '/v1/nowhere')),
  missing('an unknown route without a token', 'route-not-found', ({ world }) => world.http('post', '/nowhere')),
  missing('an unknown user', 'user-not-found', (shop) => shop.admin('get', `/v1/users/${nobody}`)),
  missing('an unknown project', 'project-not-found', (shop) => shop.admin('get', `/v1/projects/${nobody}`)),
  missing('a user without a role', 'role-not-found', (shop) =>
    shop.admin('delete', shop.at(`/roles/${shop.world.admin.userId}`)),
  ),
  missing('an unknown schema', 'schema-not-found', (shop) => shop.admin('get', `/v1/schemas/${nobody}`)),
  missing('an unknown schema for a config', 'schema-not-found', (shop) =>
    shop.admin('post', shop.at('/configs'), { key: 'x', schemaId: nobody, content: 1 }),
  ),
  missing('an unknown schema version', 'schema-version-not-found', (shop) =>
    shop.admin('get', `/v1/schemas/${shop.schema.id}/versions/9`),
  ),
  missing('an unknown config', 'config-not-found', (shop) => shop.admin('get', shop.at('/configs/none'))),
  missing('the history of a config that never was', 'config-not-found', (shop) =>
    shop.admin('get', shop.at('/configs/none/revisions')),
  ),
  missing('an unknown config of the read API', 'config-not-found', ({ world, project }) =>
    world.http('get', '/v1/read/none').set('X-API-Key', project.apiKey),
  ),
  missing('an unknown revision', 'revision-not-found', (shop) => shop.admin('get', shop.config('/revisions/9'))),
  missing('an unknown version to go back to', 'revision-not-found', (shop) =>
    shop.admin('post', shop.config('/rollback'), { targetVersion: 9, expectedVersion: 1 }),
  ),
  missing('an unknown member to remove', 'member-not-found', (shop) =>
    shop.admin('delete', '/v1/cluster/members/node-9'),
  ),
  missing('an unknown problem', 'problem-not-found', (shop) => shop.admin('get', '/problems/none')),
  wrongMethod('delete', '/v1/projects'),
  wrongMethod('post', '/v1/projects/{project}'),
  wrongMethod('put', '/v1/projects/{project}/configs'),
  wrongMethod('patch', '/v1/projects/{project}/configs/{key}'),
  wrongMethod('get', '/v1/auth/login'),
  wrongMethod('post', '/v1/read/x/y'),
  wrongMethod('post', '/health'),
];
