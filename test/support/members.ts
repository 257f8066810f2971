import { authFeature } from '../../apps/server/src/auth/auth.feature';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { projectsFeature } from '../../apps/server/src/projects/projects.feature';
import { grantRole } from '../../apps/server/src/roles/commands/grant-role.command';
import { rolesFeature } from '../../apps/server/src/roles/roles.feature';
import { createFirstAdmin } from '../../apps/server/src/users/commands/create-first-admin.command';
import { createUser } from '../../apps/server/src/users/commands/create-user.command';
import { usersFeature } from '../../apps/server/src/users/users.feature';
import type { MachineWithLog } from './state-machine';
import { aMachine } from './state-machine';

export const asRoot = { actor: 'root' };

/** The system administrator `root`, the users `adam`, `edith`, `vic` and `stan`, whose passwords hash to `<id>-hash`. */
export function aMachineWithUsers(): MachineWithLog {
  const machine = aMachine(usersFeature, authFeature, rolesFeature, projectsFeature);
  machine.run(createFirstAdmin, { userId: 'root', email: 'root@example.com', passwordHash: 'root-hash' });
  for (const userId of ['adam', 'edith', 'vic', 'stan']) {
    const user = { userId, email: `${userId}@example.com`, name: null, passwordHash: `${userId}-hash`, isAdmin: false };
    machine.run(createUser, user, asRoot);
  }
  return machine;
}

/** And the project `shop`, in which adam is admin, edith editor, vic viewer and stan nothing. */
export function aMachineWithMembers(): MachineWithLog {
  const machine = aMachineWithUsers();
  aProject(machine, 'shop');
  machine.run(grantRole, { projectId: 'shop', userId: 'adam', role: 'admin' }, asRoot);
  machine.run(grantRole, { projectId: 'shop', userId: 'edith', role: 'editor' }, asRoot);
  machine.run(grantRole, { projectId: 'shop', userId: 'vic', role: 'viewer' }, asRoot);
  return machine;
}

export function aProject(machine: MachineWithLog, projectId: string, apiKeyHash = `${projectId}-key`): void {
  const project = { projectId, name: `project ${projectId}`, description: null, apiKeyHash, apiKeyHint: 'hint' };
  machine.run(createProject, project, asRoot);
}
