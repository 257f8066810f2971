import { Deadline } from '../../apps/server/src/common/deadline';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import { Rejected } from '../../apps/server/src/common/rejected';
import { createConfig } from '../../apps/server/src/configs/commands/create-config.command';
import { configsFeature } from '../../apps/server/src/configs/configs.feature';
import type { CommandDefinition, CommandResult } from '../../apps/server/src/consensus/command';
import type { Executed } from '../../apps/server/src/consensus/consensus.service';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { projectsFeature } from '../../apps/server/src/projects/projects.feature';
import { grantRole } from '../../apps/server/src/roles/commands/grant-role.command';
import { rolesFeature } from '../../apps/server/src/roles/roles.feature';
import { createSchema } from '../../apps/server/src/schemas/commands/create-schema.command';
import { closureOf, versionOf } from '../../apps/server/src/schemas/schema.rules';
import { schemasFeature } from '../../apps/server/src/schemas/schemas.feature';
import { createFirstAdmin } from '../../apps/server/src/users/commands/create-first-admin.command';
import { createUser } from '../../apps/server/src/users/commands/create-user.command';
import { usersFeature } from '../../apps/server/src/users/users.feature';
import type { MachineWithLog } from './state-machine';
import { aMachine } from './state-machine';

export const root = { actor: 'root' };
export const noPrecondition = { expectedVersion: null, ifMatch: null };

/** A machine with the system administrator `root`, the projects p1 and p2, and in p1 the users admin, editor and viewer. */
export function aConfigMachine(): MachineWithLog {
  const machine = aMachine(usersFeature, rolesFeature, projectsFeature, schemasFeature, configsFeature);
  machine.run(createFirstAdmin, { userId: 'root', email: 'root@example.com', passwordHash: '-' });
  for (const projectId of ['p1', 'p2']) {
    const key = { apiKeyHash: `hash of ${projectId}`, apiKeyHint: 'hint' };
    machine.run(createProject, { projectId, name: projectId, description: null, ...key }, root);
  }
  for (const role of ['admin', 'editor', 'viewer'] as const) {
    const user = { userId: role, email: `${role}@example.com`, name: null, passwordHash: '-', isAdmin: false };
    machine.run(createUser, user, root);
    machine.run(grantRole, { projectId: 'p1', userId: role, role }, root);
  }
  return machine;
}

/** The schema as a service would store it after inspecting it. */
export function addSchema(
  machine: MachineWithLog,
  schemaId: string,
  { content = '{}', references = [] }: { content?: string; references?: readonly string[] } = {},
): void {
  const closure = references.flatMap((id) => closureOf(machine.state, id).map(versionOf));
  const identity = { schemaId, name: schemaId, description: null, schemaUri: `https://example.com/${schemaId}` };
  machine.run(createSchema, { ...identity, draft: '2020-12', content, references, closure }, root);
}

/** The config as a service would store it after checking its content. */
export function addConfig(machine: MachineWithLog, projectId: string, key: string, schemaId: string, content = '1') {
  const closure = closureOf(machine.state, schemaId).map(versionOf);
  return machine.run(createConfig, { projectId, key, schemaId, content, closure }, root);
}

export function aContext(actorId = 'root', over: Partial<RequestContext> = {}): RequestContext {
  const commandId = `request ${Math.random()}`;
  return {
    requestId: commandId,
    trace: null,
    deadline: Deadline.after(60_000),
    idempotencyKey: null,
    ifMatch: null,
    address: '',
    fingerprint: commandId,
    actorId,
    commandId,
    apiKeyProjectId: null,
    ...over,
  };
}

/** What a service needs of consensus, on one machine without log and database. */
export function consensusOf(machine: MachineWithLog, beforeApply: () => void = () => undefined): ConsensusService {
  const { window, registry } = machine.machine;
  const consensus = {
    get state() {
      return machine.state;
    },
    get appliedIndex() {
      return machine.index;
    },
    flushed: () => Promise.resolve(),
    repeated: ConsensusService.prototype.repeated,
    keptOutcome: ({ commandId }: RequestContext) => window.find(commandId),
    checkPermission: (...[permission, actorId, subject]: Parameters<ConsensusService['checkPermission']>) =>
      registry.checkPermission(machine.state, permission, actorId, subject),
    execute<Payload extends object, Result extends CommandResult>(
      command: CommandDefinition<Payload, Result>,
      payload: Payload,
      { actorId: actor, commandId: id, fingerprint }: RequestContext,
    ): Promise<Executed<Result>> {
      beforeApply();
      const outcome = machine.attempt(command, payload, { actor, id, fingerprint });
      if (outcome.status === 'rejected') return Promise.reject(new Rejected(outcome.code, outcome.detail));
      return Promise.resolve({ index: machine.index, result: outcome.result as Result, repeated: false });
    },
  };
  return consensus as unknown as ConsensusService;
}
