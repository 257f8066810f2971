import { unique } from '../../support/world';
import type { Actor, Cast } from './actors';
import type { Rule } from './rules';
import * as may from './rules';

/** A request that succeeds for whoever may send it, made new for each of them. */
export interface Call {
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly body?: object;
}

export interface Row {
  readonly rule: Rule;
  readonly call: (cast: Cast, actor: Actor) => Call | Promise<Call>;
  /** When it is not that of the OpenAPI document: a public route is asked for something that needs no preparation. */
  readonly success?: number;
}

const row = (rule: Rule, call: Row['call'] = () => ({}), success?: number): Row => ({
  rule,
  call,
  ...(success && { success }),
});
const password = 'a long password';

async function aConfig({ world, project, schema }: Cast): Promise<{ key: string }> {
  const { key } = await world.aConfig(project, schema);
  return { key };
}

/** The guest holds a role, or none. */
async function aRole({ world, project, guest }: Cast, isThere: boolean): Promise<void> {
  const path = `/v1/projects/${project.id}/roles`;
  if (isThere) await world.asAdmin('post', path).send({ userId: guest.userId, role: 'viewer' });
  else await world.asAdmin('delete', `${path}/${guest.userId}`);
}

const users: Readonly<Record<string, Row>> = {
  listUsers: row(may.systemAdmin),
  createUser: row(may.systemAdmin, () => ({ body: { email: `${unique('user')}@example.com`, password } })),
  registerUser: row(may.systemAdmin, () => ({ body: { email: `${unique('user')}@example.com`, password } })),
  getUser: row(may.theViewer),
  updateUser: row(may.theViewer, () => ({ body: { name: unique('name') } })),
  deleteUser: row(may.systemAdmin, async ({ world }) => ({ parameters: { userId: (await world.aUser()).userId } })),
  listRolesOfUser: row(may.theViewer),
  getMe: row(may.anyUser),
  listSessions: row(may.anyUser),
  endSessions: row(may.anyUser, () => ({ body: {} }), 400),
  login: row(may.anybody, () => ({ body: {} }), 400),
  refreshTokens: row(may.anybody, () => ({ body: {} }), 400),
  logout: row(may.anybody, () => ({ body: { refreshToken: 'of nobody' } })),
};

const projects: Readonly<Record<string, Row>> = {
  listProjects: row(may.anyUser),
  createProject: row(may.systemAdmin, () => ({ body: { name: unique('project') } })),
  getProject: row(may.members),
  getProjectPermissions: row(may.members),
  updateProject: row(may.projectAdmins, () => ({ body: { description: unique('text') } })),
  regenerateApiKey: row(may.projectAdmins, () => ({ body: { gracePeriodSeconds: 3600 } })),
  deleteProject: row(may.systemAdminOfProject, async ({ world, project }, actor) => ({
    parameters: { projectId: actor === 'system admin' ? (await world.aProject()).id : project.id },
  })),
  listRoles: row(may.members),
  grantRole: row(may.projectAdmins, async (cast) => {
    await aRole(cast, false);
    return { body: { userId: cast.guest.userId, role: 'viewer' } };
  }),
  changeRole: row(may.projectAdmins, ({ viewer }) => ({
    parameters: { userId: viewer.userId },
    body: { role: 'viewer' },
  })),
  revokeRole: row(may.projectAdmins, async (cast) => {
    await aRole(cast, true);
    return { parameters: { userId: cast.guest.userId } };
  }),
};

const schemas: Readonly<Record<string, Row>> = {
  listSchemas: row(may.anyUser),
  createSchema: row(may.systemAdmin, () => ({ body: { name: unique('schema'), content: {} } })),
  getSchema: row(may.anyUser),
  listSchemaVersions: row(may.anyUser),
  getSchemaVersion: row(may.anyUser),
  validateWithSchema: row(may.anyUser, () => ({ body: { content: 1 } })),
  updateSchema: row(may.systemAdmin, async ({ world }) => ({
    parameters: { schemaId: (await world.aSchema()).id },
    body: { content: {}, expectedVersion: 1 },
  })),
  assessSchemaImpact: row(may.systemAdmin, () => ({ body: { content: {} } })),
  deleteSchema: row(may.systemAdmin, async ({ world }) => ({ parameters: { schemaId: (await world.aSchema()).id } })),
};

const configs: Readonly<Record<string, Row>> = {
  listConfigs: row(may.members),
  createConfig: row(may.projectAdmins, ({ schema }) => ({
    body: { key: unique('config'), schemaId: schema.id, content: { port: 1 } },
  })),
  getConfig: row(may.members),
  validateConfig: row(may.members, () => ({ body: { content: 1 } })),
  updateConfig: row(may.editors, async (cast) => ({
    parameters: await aConfig(cast),
    body: { content: { port: 2 }, expectedVersion: 1 },
  })),
  'updateConfig with another schema': row(may.projectAdmins, async (cast) => ({
    parameters: await aConfig(cast),
    body: { content: {}, expectedVersion: 1, schemaId: (await cast.world.aSchema({})).id },
  })),
  deleteConfig: row(may.projectAdmins, async (cast) => ({ parameters: await aConfig(cast) })),
  rollbackConfig: row(may.projectAdmins, async (cast) => ({
    parameters: await aConfig(cast),
    body: { targetVersion: 1, expectedVersion: 1 },
  })),
  listRevisions: row(may.members),
  getRevision: row(may.members),
  diffRevisions: row(may.members, () => ({ query: '?from=1&to=1' })),
};

const others: Readonly<Record<string, Row>> = {
  listAuditRecords: row(may.systemAdmin),
  'listAuditRecords of a project': row(may.projectAdmins, ({ project }) => ({ query: `?projectId=${project.id}` })),
  verifyAudit: row(may.systemAdmin),
  readSnapshot: row(may.anybody, undefined, 401),
  readConfigOrSnapshot: row(may.anybody),
  readConfig: row(may.anybody),
  watchByHeader: row(may.anybody, undefined, 401),
  watchByPath: row(may.anybody, () => ({ parameters: { apiKey: 'nobody' } }), 401),
  listProblems: row(may.anybody),
  getProblem: row(may.anybody),
  getHealth: row(may.anybody),
  getReadiness: row(may.anybody),
  getMetrics: row(may.anybody),
};

/** A group of one can hardly be changed: what an administrator may try is refused for another reason. */
const cluster: Readonly<Record<string, Row>> = {
  getCluster: row(may.anyUser),
  getMirror: row(may.systemAdmin),
  rebuildMirror: row(may.systemAdmin, undefined, 409),
  addMember: row(
    may.systemAdmin,
    () => ({ body: { id: 'node-2', raftAddress: '127.0.0.1:7402', apiAddress: 'http://127.0.0.1:8082' } }),
    409,
  ),
  removeMember: row(may.systemAdmin, undefined, 409),
  promoteMember: row(may.systemAdmin),
  demoteMember: row(may.systemAdmin, undefined, 409),
  transferLeadership: row(may.systemAdmin, undefined, 409),
  takeBackup: row(may.systemAdmin),
  restoreBackup: row(may.systemAdmin, undefined, 409),
};

/** By operationId; a second row of an operation says what is different about it. */
export const rows: Readonly<Record<string, Row>> = {
  ...users,
  ...projects,
  ...schemas,
  ...configs,
  ...cluster,
  ...others,
};
