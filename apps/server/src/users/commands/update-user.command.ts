import { reject } from '../../common/rejected';
import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { touched } from '../../consensus/stamp';
import { userUpdated } from '../user.events';
import type { PublicUser } from '../user.rules';
import { publicUser, requireAnotherAdmin, requireFreeEmail, requireUser } from '../user.rules';
import { revokeSessions } from '../session.rules';
import { requireActor, selfOrSystemAdmin } from '../users.permissions';
import { users } from '../users.table';

/** A member that is left out stays as it is. */
export interface UpdateUser {
  readonly userId: string;
  readonly email?: string;
  readonly name?: string | null;
  readonly isAdmin?: boolean;
  readonly passwordHash?: string;
  /** The hash that the current password was checked against, when the caller had to give it. */
  readonly checkedPasswordHash?: string;
  readonly ifMatch: Precondition['ifMatch'];
}

export const updateUser = defineCommand<UpdateUser, PublicUser>({
  type: 'user.update',
  version: 1,
  requires: selfOrSystemAdmin,
  apply(state, { userId, ifMatch, checkedPasswordHash, ...change }, context) {
    const user = requireUser(state, userId);
    holdIfMatch(user, ifMatch);
    if (checkedPasswordHash !== undefined && checkedPasswordHash !== user.passwordHash)
      reject('invalid-credentials', 'currentPassword is no longer the current password.');
    if (change.email !== undefined) requireFreeEmail(state, change.email, userId);
    if (change.isAdmin !== undefined && change.isAdmin !== user.isAdmin) {
      if (!requireActor(state, context.actorId).isAdmin)
        reject('forbidden', 'Only a system administrator appoints or dismisses one.');
      if (!change.isAdmin) requireAnotherAdmin(state, user);
    }
    const updated = state.of(users).put({ ...user, ...change, ...touched(context) });
    if (change.passwordHash !== undefined || (user.isAdmin && !updated.isAdmin)) revokeSessions(state, userId);
    state.emit(userUpdated({ user: publicUser(updated) }));
    return publicUser(updated);
  },
  audit: ({ userId, email, name, isAdmin, passwordHash }) => ({
    subject: { type: 'user', id: userId },
    summary: `change ${[email !== undefined && 'e-mail', name !== undefined && 'name', isAdmin !== undefined && 'isAdmin', passwordHash !== undefined && 'password'].filter(Boolean).join(', ') || 'nothing'} of user`,
  }),
});
