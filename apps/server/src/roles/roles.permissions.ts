import { auditReader } from '../audit/audit.permissions';
import { reject } from '../common/rejected';
import type { Permission, PermissionRule } from '../consensus/command';
import type { StateView } from '../consensus/state/state';
import type { UserEntity } from '../users/user.entity';
import { requireActor } from '../users/users.permissions';
import type { RoleName } from './role.entity';
import { includesRole, roleIn } from './role.rules';

/** At least this role in the project that `projectId` names, or a system administrator. Its rule stands in projects. */
export const projectRole = (needed: RoleName): Permission => ({ rule: 'project-role', argument: needed });

/** A system administrator; who may not even see the project is not told that it exists. Its rule stands in projects. */
export const systemAdminOfProject: Permission = { rule: 'project-system-admin' };

/** The actor, if a member of the project or a system administrator; to anybody else there is no such project. */
export function requireMember(
  state: StateView,
  actorId: string | null,
  projectId: string,
): { readonly actor: UserEntity; readonly role: RoleName | null } {
  const actor = requireActor(state, actorId);
  const role = roleIn(state, projectId, actor.id);
  if (role === null && !actor.isAdmin) reject('project-not-found');
  return { actor, role };
}

export function requireProjectRole(
  state: StateView,
  actorId: string | null,
  projectId: string,
  needed: RoleName,
): void {
  const { actor, role } = requireMember(state, actorId, projectId);
  if (!actor.isAdmin && !(role && includesRole(role, needed)))
    reject('forbidden', `This needs the role ${needed} in the project.`);
}

export const rolePermissions: readonly PermissionRule[] = [
  {
    rule: auditReader.rule,
    // The project may be gone: its audit records are kept, for system administrators.
    check: (state, actorId, { projectId }) => {
      if (typeof projectId === 'string') return requireProjectRole(state, actorId, projectId, 'admin');
      if (!requireActor(state, actorId).isAdmin)
        reject('forbidden', 'This needs a system administrator, or projectId and the role admin in that project.');
    },
  },
];
