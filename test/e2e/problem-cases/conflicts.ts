import { portSchema, unique } from '../../support/world';
import type { Case } from './case';
import { cases } from './case';

const conflict = (what: string, code: string, send: Case['send']): Case => cases(409, code)(what, send);
const required = cases(428, 'version-required');
const uri = 'https://schemas.example.com/taken';

const taken: readonly Case[] = [
  conflict('an e-mail twice', 'email-taken', (shop) =>
    shop.admin('post', '/v1/users', { email: shop.viewer.email.toUpperCase(), password: 'x'.repeat(8) }),
  ),
  conflict('an e-mail of somebody else', 'email-taken', (shop) =>
    shop.admin('patch', `/v1/users/${shop.viewer.userId}`, { email: shop.world.admin.email }),
  ),
  conflict('a key twice', 'key-taken', (shop) =>
    shop.admin('post', shop.at('/configs'), { key: shop.key, schemaId: shop.schema.id, content: { port: 1 } }),
  ),
  conflict('the name of a project twice', 'name-taken', (shop) =>
    shop.admin('post', '/v1/projects', { name: shop.project.name }),
  ),
  conflict('the name of a schema twice', 'name-taken', async (shop) => {
    const name = unique('schema');
    await shop.world.aSchema({}, name);
    return shop.admin('post', '/v1/schemas', { name, content: {} });
  }),
  conflict('a second role', 'role-exists', (shop) =>
    shop.admin('post', shop.at('/roles'), { email: shop.viewer.email, role: 'admin' }),
  ),
  conflict('an $id twice', 'schema-id-taken', async (shop) => {
    await shop.world.aSchema({ $id: uri });
    return shop.admin('post', '/v1/schemas', { name: unique('schema'), content: { $id: uri } });
  }),
  conflict('the $id of a draft', 'schema-id-taken', (shop) =>
    shop.admin('post', '/v1/schemas', {
      name: unique('schema'),
      content: { $id: 'http://json-schema.org/draft-07/schema' },
    }),
  ),
];

const inTheWay: readonly Case[] = [
  conflict('deleting a schema in use', 'schema-in-use', (shop) =>
    shop.admin('delete', `/v1/schemas/${shop.schema.id}`),
  ),
  conflict('a schema that breaks configs', 'schema-breaks-configs', (shop) =>
    shop.admin('put', `/v1/schemas/${shop.schema.id}`, { content: { type: 'string' }, expectedVersion: 1 }),
  ),
  conflict('deleting the last administrator', 'last-admin', (shop) =>
    shop.admin('delete', `/v1/users/${shop.world.admin.userId}`),
  ),
  conflict('demoting the last administrator', 'last-admin', (shop) =>
    shop.admin('patch', `/v1/users/${shop.world.admin.userId}`, { isAdmin: false }),
  ),
];

const node = { id: 'node-2', raftAddress: '127.0.0.1:7402', apiAddress: 'http://127.0.0.1:8082' };
const ofTheCluster: readonly Case[] = [
  conflict('removing the only node', 'last-voter', (shop) => shop.admin('delete', '/v1/cluster/members/node-1')),
  conflict('taking the only vote', 'last-voter', (shop) => shop.admin('post', '/v1/cluster/members/node-1/demote')),
  conflict('leadership without another voter', 'last-voter', (shop) =>
    shop.admin('post', '/v1/cluster/leader/transfer'),
  ),
  conflict('a node to a cluster without a secret', 'node-not-joinable', (shop) =>
    shop.admin('post', '/v1/cluster/members', node),
  ),
  conflict('a backup for a cluster in use', 'cluster-not-empty', (shop) => shop.admin('post', '/v1/cluster/restore')),
  conflict('a rebuild of a mirror that is off', 'mirror-off', (shop) =>
    shop.admin('post', '/v1/cluster/mirror/rebuild'),
  ),
];

const stale: readonly Case[] = [
  conflict('a stale expectedVersion', 'version-conflict', (shop) =>
    shop.admin('put', shop.config(), { content: { port: 1 }, expectedVersion: 7 }),
  ),
  conflict('a stale expectedVersion in a query', 'version-conflict', (shop) =>
    shop.admin('delete', `${shop.config()}?expectedVersion=7`),
  ),
  conflict('a stale expectedVersion in the body of a deletion', 'version-conflict', (shop) =>
    shop.admin('delete', shop.config(), { expectedVersion: 7 }),
  ),
  conflict('a stale expectedVersion in the body of the deletion of a schema', 'version-conflict', (shop) =>
    shop.admin('delete', `/v1/schemas/${shop.schema.id}`, { expectedVersion: 7 }),
  ),
  conflict('a stale expectedVersion of a schema', 'version-conflict', (shop) =>
    shop.admin('put', `/v1/schemas/${shop.schema.id}`, { content: portSchema, expectedVersion: 7 }),
  ),
  conflict('a stale expectedVersion for a rollback', 'version-conflict', (shop) =>
    shop.admin('post', shop.config('/rollback'), { targetVersion: 1, expectedVersion: 7 }),
  ),
  ...(['config', 'project', 'user', 'schema', 'role'] as const).map((kind) =>
    cases(412, 'version-conflict')(`a stale If-Match for a ${kind}`, (shop) => {
      const path = {
        config: shop.config(),
        project: shop.at(''),
        user: `/v1/users/${shop.viewer.userId}`,
        schema: `/v1/schemas/${shop.schema.id}`,
        role: shop.at(`/roles/${shop.viewer.userId}`),
      }[kind];
      return shop.admin('delete', path).set('If-Match', '"1"');
    }),
  ),
  cases(412, 'version-conflict')('the ETag of another server', (shop) =>
    shop.admin('put', shop.config(), { content: { port: 1 }, expectedVersion: 1 }).set('If-Match', '"abc"'),
  ),
];

const unguarded: readonly Case[] = [
  required('a config PUT', (shop) => shop.admin('put', shop.config(), { content: { port: 1 } })),
  required('a rollback', (shop) => shop.admin('post', shop.config('/rollback'), { targetVersion: 1 })),
  required('a schema PUT', (shop) => shop.admin('put', `/v1/schemas/${shop.schema.id}`, { content: portSchema })),
];

export const conflicts: readonly Case[] = [...taken, ...inTheWay, ...ofTheCluster, ...stale, ...unguarded];
