import { reject } from '../common/rejected';
import type { PermissionRule, PermissionSubject } from '../consensus/command';
import type { StateView } from '../consensus/state/state';
import { roleNames } from '../roles/role.rules';
import { requireMember, requireProjectRole, systemAdminOfProject } from '../roles/roles.permissions';
import { requireActor } from '../users/users.permissions';
import { requireProject } from './project.rules';

/** The rules of the permissions that roles declares: only here it is known which projects there are. */
export const projectPermissions: readonly PermissionRule[] = [
  {
    rule: 'project-role',
    check: (state, actorId, subject, argument) => {
      const needed = roleNames.find((role) => role === argument);
      if (!needed) throw new Error(`there is no project role ${argument}`);
      requireProjectRole(state, actorId, projectOf(state, actorId, subject), needed);
    },
  },
  {
    rule: systemAdminOfProject.rule,
    check: (state, actorId, subject) => {
      const { actor } = requireMember(state, actorId, projectOf(state, actorId, subject));
      if (!actor.isAdmin) reject('forbidden', 'This needs a system administrator.');
    },
  },
];

/** Nobody learns which projects there are: first the actor, then the project. */
function projectOf(state: StateView, actorId: string | null, { projectId }: PermissionSubject): string {
  requireActor(state, actorId);
  return requireProject(state, String(projectId)).id;
}
