import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { roleRevoked } from '../role.events';
import { requireRole } from '../role.rules';
import { projectRole } from '../roles.permissions';
import { roles } from '../roles.table';

export interface RevokeRole {
  readonly projectId: string;
  readonly userId: string;
  readonly ifMatch: Precondition['ifMatch'];
}

export const revokeRole = defineCommand<RevokeRole, null>({
  type: 'role.revoke',
  version: 1,
  requires: projectRole('admin'),
  apply(state, { projectId, userId, ifMatch }) {
    holdIfMatch(requireRole(state, projectId, userId), ifMatch);
    state.of(roles).delete(projectId, userId);
    state.emit(roleRevoked({ projectId, userId }));
    return null;
  },
  audit: ({ projectId, userId }) => ({
    subject: { type: 'role', id: userId, projectId },
    summary: `revoke the role of user ${userId}`,
  }),
});
