import { beginSession } from '../../apps/server/src/auth/commands/begin-session.command';
import { endSession } from '../../apps/server/src/auth/commands/end-session.command';
import { purgeExpiredSessions } from '../../apps/server/src/auth/commands/purge-expired-sessions.command';
import { renewSession } from '../../apps/server/src/auth/commands/renew-session.command';
import { createConfig } from '../../apps/server/src/configs/commands/create-config.command';
import { deleteConfig } from '../../apps/server/src/configs/commands/delete-config.command';
import { deleteSchema } from '../../apps/server/src/configs/commands/delete-schema.command';
import { rollbackConfig } from '../../apps/server/src/configs/commands/rollback-config.command';
import { updateConfig } from '../../apps/server/src/configs/commands/update-config.command';
import { updateSchema } from '../../apps/server/src/configs/commands/update-schema.command';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { deleteProject } from '../../apps/server/src/projects/commands/delete-project.command';
import { expireApiKeys } from '../../apps/server/src/projects/commands/expire-api-keys.command';
import { regenerateApiKey } from '../../apps/server/src/projects/commands/regenerate-api-key.command';
import { updateProject } from '../../apps/server/src/projects/commands/update-project.command';
import { changeRole } from '../../apps/server/src/roles/commands/change-role.command';
import { grantRole } from '../../apps/server/src/roles/commands/grant-role.command';
import { revokeRole } from '../../apps/server/src/roles/commands/revoke-role.command';
import { createSchema } from '../../apps/server/src/schemas/commands/create-schema.command';
import { createFirstAdmin } from '../../apps/server/src/users/commands/create-first-admin.command';
import { createUser } from '../../apps/server/src/users/commands/create-user.command';
import { deleteUser } from '../../apps/server/src/users/commands/delete-user.command';
import { updateUser } from '../../apps/server/src/users/commands/update-user.command';
import { clusterSteps } from './golden-cluster-steps';
import type { GoldenStep } from './golden-step';
import { step } from './golden-step';

const user = (userId: string, email = `${userId}@example.com`, isAdmin = false) => ({
  ...{ userId, email, isAdmin },
  name: `The ${userId}`,
  passwordHash: `hash of ${userId}`,
});
const project = (projectId: string, name = projectId) => ({
  ...{ projectId, name },
  description: 'Ω "quoted" \\ \u2028',
  apiKeyHash: `key of ${projectId}`,
  apiKeyHint: 'Hint',
});
const schema = (schemaId: string, schemaUri: string | null, references: readonly string[] = []) => ({
  ...{ schemaId, schemaUri, references },
  name: `schema ${schemaId}`,
  description: null,
  content: '{"type":"object"}',
  draft: '2020-12',
  closure: references.map((id) => ({ schemaId: id, version: 1 })),
});
const config = (key: string, content: string, version = 1) => ({
  ...{ key, content },
  projectId: 'shop',
  schemaId: 'port',
  closure: [{ schemaId: 'port', version }],
});
const expecting = (expectedVersion: number | null, ifMatch: number | null = null) => ({ expectedVersion, ifMatch });
const session = (familyId: string, userId: string, checkedPasswordHash = `hash of ${userId}`) => ({
  ...{ familyId, userId, checkedPasswordHash },
  tokenHash: `token of ${familyId}`,
  ttlMs: 60_000,
});

const people: readonly GoldenStep[] = [
  { name: 'no command', command: null, payload: {} },
  step('first-admin', createFirstAdmin, { userId: 'root', email: 'root@example.com', passwordHash: 'hash of root' }),
  step('second-first-admin', createFirstAdmin, { userId: 'late', email: 'late@example.com', passwordHash: '-' }),
  step('user', createUser, user('ada'), 'root'),
  step('user-again', createUser, user('ada'), { actor: 'root', commandId: 'user' }),
  step('user-other-request', createUser, user('eve'), { actor: 'root', commandId: 'user', fingerprint: 'another' }),
  step('user-before-window', createUser, user('old'), { actor: 'root', birthIndex: -70_000 }),
  step('user-taken', createUser, user('bob', 'ada@example.com'), 'root'),
  step('user-by-nobody', createUser, user('bob'), 'nobody'),
  step('user-two', createUser, user('bob'), 'root'),
  step('user-change', updateUser, { userId: 'ada', name: 'Ada 😀', email: 'ada.l@example.com', ifMatch: null }, 'ada'),
  step('user-stale', updateUser, { userId: 'ada', isAdmin: true, ifMatch: 1 }, 'root'),
  step('user-promote', updateUser, { userId: 'ada', isAdmin: true, ifMatch: null }, 'root'),
  step('session', beginSession, session('family-1', 'bob')),
  step('session-wrong', beginSession, session('family-2', 'bob', 'guess')),
  step('session-two', beginSession, session('family-3', 'ada')),
  step('renew', renewSession, {
    familyId: 'family-1',
    presentedHash: 'token of family-1',
    nextHash: 'next',
    ttlMs: 5_000,
  }),
  step('renew-gone', renewSession, { familyId: 'family-9', presentedHash: '-', nextHash: '-', ttlMs: 1 }),
  step('reuse', renewSession, { familyId: 'family-3', presentedHash: 'stolen', nextHash: '-', ttlMs: 1 }),
  step('logout', endSession, { familyId: 'family-3' }),
  step('session-three', beginSession, session('family-4', 'bob')),
  step('logout-four', endSession, { familyId: 'family-4' }),
];

const things: readonly GoldenStep[] = [
  step('project', createProject, project('shop'), 'root'),
  step('project-two', createProject, project('blog'), 'root'),
  step('project-taken', createProject, project('other', 'shop'), 'root'),
  step('project-change', updateProject, { projectId: 'shop', name: 'Shop', description: null, ifMatch: null }, 'root'),
  step('project-name-taken', updateProject, { projectId: 'shop', name: 'blog', ifMatch: null }, 'root'),
  step('grant', grantRole, { projectId: 'shop', userId: 'bob', role: 'viewer' }, 'root'),
  step('grant-again', grantRole, { projectId: 'shop', userId: 'bob', role: 'admin' }, 'root'),
  step('change-role', changeRole, { projectId: 'shop', userId: 'bob', role: 'editor', ifMatch: null }, 'root'),
  step('change-role-missing', changeRole, { projectId: 'shop', userId: 'ada', role: 'editor', ifMatch: null }, 'root'),
  step('schema-base', createSchema, schema('base', 'https://example.com/base'), 'root'),
  step('schema', createSchema, schema('port', null, ['base']), 'root'),
  step('schema-unused', createSchema, schema('unused', null), 'root'),
  step('schema-taken', createSchema, { ...schema('again', null), name: 'schema port' }, 'root'),
  step('config', createConfig, config('http.port', '{"port":8080}'), 'root'),
  step('config-taken', createConfig, config('http.port', '1'), 'root'),
  step(
    'config-update',
    updateConfig,
    { ...config('http.port', '{"a":"\\u0000"}'), ...expecting(1), namesSchema: false },
    'bob',
  ),
  step('config-stale', updateConfig, { ...config('http.port', '3'), ...expecting(1), namesSchema: false }, 'bob'),
  step(
    'config-if-match',
    updateConfig,
    { ...config('http.port', '4'), ...expecting(null, 1), namesSchema: false },
    'bob',
  ),
  step(
    'rollback',
    rollbackConfig,
    { ...config('http.port', '{"port":8080}'), ...expecting(2), targetVersion: 1 },
    'root',
  ),
  step(
    'rollback-future',
    rollbackConfig,
    { ...config('http.port', '5'), ...expecting(null), targetVersion: 9 },
    'root',
  ),
  step('rollback-by-editor', rollbackConfig, { ...config('http.port', '5'), ...expecting(3), targetVersion: 1 }, 'bob'),
  step(
    'schema-update',
    updateSchema,
    { ...schema('port', null, []), ...expecting(1), name: 'port', checkedIndex: 1_000 },
    'root',
  ),
  step('schema-update-stale', updateSchema, { ...schema('port', null), ...expecting(1), checkedIndex: 1_000 }, 'root'),
  step('schema-update-unchecked', updateSchema, { ...schema('port', null), ...expecting(2), checkedIndex: 1 }, 'root'),
  step('config-old-schema', updateConfig, { ...config('http.port', '6'), ...expecting(3), namesSchema: false }, 'bob'),
  step('schema-in-use', deleteSchema, { schemaId: 'port', ...expecting(null) }, 'root'),
  step('schema-delete', deleteSchema, { schemaId: 'unused', ...expecting(1) }, 'root'),
  step('config-delete', deleteConfig, { projectId: 'shop', key: 'http.port', ...expecting(3) }, 'root'),
  step('config-delete-missing', deleteConfig, { projectId: 'shop', key: 'http.port', ...expecting(null) }, 'root'),
  step('config-reborn', createConfig, config('http.port', 'null', 2), 'root'),
];

const key = (projectId: string, apiKeyHash: string, graceMs: number, ifMatch: number | null = null) => ({
  ...{ projectId, apiKeyHash, graceMs, ifMatch },
  apiKeyHint: 'Next',
});

const endings: readonly GoldenStep[] = [
  step('regenerate', regenerateApiKey, key('shop', 'second key', 1_000), 'root'),
  step('regenerate-stale', regenerateApiKey, key('shop', 'no key', 0, 1), 'root'),
  step('expire', expireApiKeys, { projectId: 'shop' }, { at: Date.UTC(2026, 0, 2) }),
  step('expire-nothing', expireApiKeys, { projectId: 'gone' }),
  step('purge', purgeExpiredSessions, { familyIds: ['family-1', 'family-9'] }),
  step('revoke', revokeRole, { projectId: 'shop', userId: 'bob', ifMatch: null }, 'root'),
  step('revoke-missing', revokeRole, { projectId: 'shop', userId: 'bob', ifMatch: null }, 'root'),
  step('project-delete-unseen', deleteProject, { projectId: 'blog', ifMatch: null }, 'bob'),
  step('project-delete', deleteProject, { projectId: 'blog', ifMatch: null }, 'root'),
  step('user-delete', deleteUser, { userId: 'ada', ifMatch: null }, 'root'),
  step('last-admin', deleteUser, { userId: 'root', ifMatch: null }, 'root'),
];

const listedEtags: readonly GoldenStep[] = [
  step('user-if-match-list', updateUser, { userId: 'bob', name: 'Bob', ifMatch: [4, 10] }, 'root'),
  step('user-stale-list', updateUser, { userId: 'bob', name: 'Rob', ifMatch: [4, 10] }, 'root'),
  step(
    'config-if-match-list',
    updateConfig,
    { ...config('http.port', '7', 2), expectedVersion: 5, ifMatch: [1, 52], namesSchema: false },
    'root',
  ),
];

/** In the order of the log. New commands are added at the end, each with what it accepts and what it refuses. */
export const goldenSteps: readonly GoldenStep[] = [...people, ...things, ...endings, ...listedEtags, ...clusterSteps];
