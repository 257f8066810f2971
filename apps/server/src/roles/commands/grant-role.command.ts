import { reject } from '../../common/rejected';
import { defineCommand } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { requireUser } from '../../users/user.rules';
import type { RoleName } from '../role.entity';
import { roleGranted } from '../role.events';
import { roleIn, withEmail } from '../role.rules';
import type { RoleView } from '../role.rules';
import { projectRole } from '../roles.permissions';
import { roles } from '../roles.table';

export interface GrantRole {
  readonly projectId: string;
  readonly userId: string;
  readonly role: RoleName;
}

/** The permission has made sure that the project exists. */
export const grantRole = defineCommand<GrantRole, RoleView>({
  type: 'role.grant',
  version: 1,
  requires: projectRole('admin'),
  apply(state, { projectId, userId, role: name }, context) {
    const user = requireUser(state, userId);
    if (roleIn(state, projectId, userId)) reject('role-exists');
    const role = state.of(roles).put({ projectId, userId, role: name, ...created(context) });
    state.emit(roleGranted({ role }));
    return withEmail(role, user);
  },
  audit: ({ projectId, userId, role }) => ({
    subject: { type: 'role', id: userId, projectId },
    summary: `grant the role ${role} to user ${userId}`,
  }),
});
