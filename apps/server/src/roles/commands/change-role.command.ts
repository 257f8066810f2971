import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { touched } from '../../consensus/stamp';
import { requireUser } from '../../users/user.rules';
import type { RoleName } from '../role.entity';
import { roleChanged } from '../role.events';
import type { RoleView } from '../role.rules';
import { requireRole, withEmail } from '../role.rules';
import { projectRole } from '../roles.permissions';
import { roles } from '../roles.table';

export interface ChangeRole {
  readonly projectId: string;
  readonly userId: string;
  readonly role: RoleName;
  readonly ifMatch: Precondition['ifMatch'];
}

export const changeRole = defineCommand<ChangeRole, RoleView>({
  type: 'role.change',
  version: 1,
  requires: projectRole('admin'),
  apply(state, { projectId, userId, role: name, ifMatch }, context) {
    const held = requireRole(state, projectId, userId);
    holdIfMatch(held, ifMatch);
    const role = state.of(roles).put({ ...held, role: name, ...touched(context) });
    state.emit(roleChanged({ role }));
    return withEmail(role, requireUser(state, userId));
  },
  audit: ({ projectId, userId, role }) => ({
    subject: { type: 'role', id: userId, projectId },
    summary: `change the role of user ${userId} to ${role}`,
  }),
});
