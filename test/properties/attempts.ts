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
import type { CommandDefinition } from '../../apps/server/src/consensus/command';
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
import type { Maker, Proposal } from './attempt';
import { makes } from './attempt';
import { cluster } from './cluster-attempts';
import { text } from './texts';
import type { Surroundings } from './surroundings';

const hashes = (around: Surroundings) => ({ apiKeyHash: around.mint('key'), apiKeyHint: 'hint' });

const people: readonly Maker[] = [
  makes(createFirstAdmin, (a) => ({
    userId: a.mint('user'),
    email: text(a.pick, 'mail'),
    passwordHash: a.mint('hash'),
  })),
  makes(createUser, (a) => ({
    ...{ userId: a.mint('user'), email: text(a.pick, 'mail'), name: a.orNull(() => text(a.pick, 'name')) },
    ...{ passwordHash: a.mint('hash'), isAdmin: a.pick.chance(0.3) },
  })),
  makes(updateUser, (a) => ({
    ...{ userId: a.userId(), ifMatch: a.ifMatch('users') },
    ...a.maybe('email', () => text(a.pick, 'mail')),
    ...a.maybe('name', () => a.orNull(() => text(a.pick, 'name'))),
    ...a.maybe('isAdmin', () => a.pick.chance(0.5)),
    ...a.maybe('passwordHash', () => a.mint('hash')),
    ...a.maybe('checkedPasswordHash', () => a.passwordHash()),
  })),
  makes(deleteUser, (a) => ({ userId: a.userId(), ifMatch: a.ifMatch('users') })),
  makes(beginSession, (a) => {
    const userId = a.userId();
    const session = { familyId: a.mint('family'), userId, tokenHash: a.mint('token'), ttlMs: a.pick.below(20_000) };
    return { ...session, checkedPasswordHash: a.passwordHash(userId) };
  }),
  makes(renewSession, (a) => {
    const familyId = a.familyId();
    const renewal = { familyId, nextHash: a.mint('token'), ttlMs: a.pick.below(20_000) };
    return { ...renewal, presentedHash: a.tokenHash(familyId) };
  }),
  makes(endSession, (a) => ({ familyId: a.familyId() })),
  makes(purgeExpiredSessions, (a) => ({ familyIds: [a.familyId(), a.familyId(), a.familyId()] })),
];

const projects: readonly Maker[] = [
  makes(createProject, (a) => ({
    ...{
      projectId: a.mint('project'),
      name: text(a.pick, 'project'),
      description: a.orNull(() => text(a.pick, 'words')),
    },
    ...hashes(a),
  })),
  makes(updateProject, (a) => ({
    ...{ projectId: a.projectId(), ifMatch: a.ifMatch('projects') },
    ...a.maybe('name', () => text(a.pick, 'project')),
    ...a.maybe('description', () => a.orNull(() => text(a.pick, 'words'))),
  })),
  makes(deleteProject, (a) => ({ projectId: a.projectId(), ifMatch: a.ifMatch('projects') })),
  makes(regenerateApiKey, (a) => ({
    ...{ projectId: a.projectId(), ifMatch: a.ifMatch('projects'), graceMs: a.pick.of([0, 1, 5_000, 604_800_000]) },
    ...hashes(a),
  })),
  makes(expireApiKeys, (a) => ({ projectId: a.projectId() })),
  makes(grantRole, (a) => ({ projectId: a.projectId(), userId: a.userId(), role: a.role() })),
  makes(changeRole, (a) => ({ ...a.rolePlace(), role: a.role(), ifMatch: a.ifMatch('roles') })),
  makes(revokeRole, (a) => ({ ...a.rolePlace(), ifMatch: a.ifMatch('roles') })),
];

const schemas: readonly Maker[] = [
  makes(createSchema, (a) => ({ schemaId: a.mint('schema'), ...a.schemaNames(), ...a.inspected() })),
  makes(updateSchema, (a) => {
    const schemaId = a.schemaId();
    const change = { schemaId, ...a.schemaPrecondition(schemaId), ...a.maybe('name', () => text(a.pick, 'schema')) };
    return { ...change, ...a.inspected(), schemaUri: a.schemaUri(schemaId), checkedIndex: a.checkedIndex() };
  }),
  makes(deleteSchema, (a) => {
    const schemaId = a.schemaId();
    return { schemaId, ...a.schemaPrecondition(schemaId) };
  }),
];

const configs: readonly Maker[] = [
  makes(createConfig, (a) => ({ projectId: a.projectId(), key: a.key(), ...a.checkedContent() })),
  makes(updateConfig, (a) => {
    const place = a.configPlace();
    return { ...place, ...a.checkedContent(place), ...a.configPrecondition(place), namesSchema: a.pick.chance(0.5) };
  }),
  makes(rollbackConfig, (a) => {
    const place = a.configPlace();
    const target = { ...a.configPrecondition(place), targetVersion: 1 + a.pick.below(5) };
    return { ...place, ...a.checkedContent(place), ...target };
  }),
  makes(deleteConfig, (a) => {
    const place = a.configPlace();
    return { ...place, ...a.configPrecondition(place) };
  }),
];

/** One for every command there is. */
export const makers: readonly Maker[] = [...people, ...projects, ...schemas, ...configs, ...cluster];

/** As often as a run needs them: configs stand on projects and schemas, and their history is what is watched most. */
export const weightedMakers: readonly Maker[] = [
  ...makers,
  ...makers,
  ...configs,
  ...configs,
  ...configs,
  ...configs,
  ...configs,
];

/** Three commands after which two users, projects or schemas have each other's unique value. */
export function exchange(a: Surroundings): readonly Proposal[] {
  const between = `between ${a.mint('exchange')}`;
  const change = a.pick.of([
    (userId: string, email: string) => ({ command: updateUser, payload: { userId, email, ifMatch: null } }),
    (projectId: string, name: string) => ({ command: updateProject, payload: { projectId, name, ifMatch: null } }),
  ]);
  const pairs = change('', '').command === updateUser ? a.twoUsers() : a.twoProjects();
  if (!pairs) return [];
  const [[one, valueOfOne], [other, valueOfOther]] = pairs;
  return [change(one, between), change(other, valueOfOne), change(one, valueOfOther)].map(({ command, payload }) => ({
    command: command as unknown as CommandDefinition,
    payload,
  }));
}
