import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { userDeleted } from '../user.events';
import { requireAnotherAdmin, requireUser } from '../user.rules';
import { systemAdmin } from '../users.permissions';
import { users } from '../users.table';

export interface DeleteUser {
  readonly userId: string;
  readonly ifMatch: Precondition['ifMatch'];
}

/** Roles and logins of the user go by cascade; what the user wrote keeps the id. */
export const deleteUser = defineCommand<DeleteUser, null>({
  type: 'user.delete',
  version: 1,
  requires: systemAdmin,
  apply(state, { userId, ifMatch }) {
    const user = requireUser(state, userId);
    holdIfMatch(user, ifMatch);
    if (user.isAdmin) requireAnotherAdmin(state, user);
    state.of(users).delete(userId);
    state.emit(userDeleted({ userId }));
    return null;
  },
  audit: ({ userId }) => ({ subject: { type: 'user', id: userId }, summary: 'delete user' }),
});
