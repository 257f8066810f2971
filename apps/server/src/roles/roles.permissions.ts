import { auditReader } from '../audit/audit.permissions';
import { reject } from '../common/rejected';
import type { Permission, PermissionRule } from '../consensus/command';
import { requireActor } from '../users/users.permissions';
import type { RoleName } from './role.entity';
import { requireProjectRole } from './role.rules';

/** At least this role in the project that `projectId` names, or a system administrator. Its rule stands in projects. */
export const projectRole = (needed: RoleName): Permission => ({ rule: 'project-role', argument: needed });

/** A system administrator; who may not even see the project is not told that it exists. Its rule stands in projects. */
export const systemAdminOfProject: Permission = { rule: 'project-system-admin' };

export const rolePermissions: readonly PermissionRule[] = [
  {
    rule: auditReader.rule,
    // The project may be gone: its audit records are kept, for system administrators.
    check: (state, actorId, { projectId }) => {
      if (typeof projectId === 'string') return requireProjectRole(state, projectId, actorId, 'admin');
      if (!requireActor(state, actorId).isAdmin)
        reject('forbidden', 'This needs a system administrator, or projectId and the role admin in that project.');
    },
  },
];
