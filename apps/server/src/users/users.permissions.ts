import { reject } from '../common/rejected';
import type { Permission, PermissionRule } from '../consensus/command';
import type { StateView } from '../consensus/state/state';
import type { UserEntity } from './user.entity';
import { users } from './users.table';

/** Any user with a good access token. */
export const anyUser: Permission = { rule: 'any-user' };
export const systemAdmin: Permission = { rule: 'system-admin' };
/** The user named by `userId`, or a system administrator. */
export const selfOrSystemAdmin: Permission = { rule: 'self-or-system-admin' };

/** The user who acts, as the state knows it now: a deleted user is nobody, whatever the token says. */
export function requireActor(state: StateView, actorId: string | null): UserEntity {
  return (actorId === null ? undefined : state.of(users).get(actorId)) ?? reject('unauthenticated');
}

export const userPermissions: readonly PermissionRule[] = [
  { rule: 'any-user', check: (state, actorId) => void requireActor(state, actorId) },
  {
    rule: 'system-admin',
    check: (state, actorId) => {
      if (!requireActor(state, actorId).isAdmin) reject('forbidden', 'This needs a system administrator.');
    },
  },
  {
    rule: 'self-or-system-admin',
    check: (state, actorId, { userId }) => {
      const actor = requireActor(state, actorId);
      if (!actor.isAdmin && actor.id !== userId)
        reject('forbidden', 'This needs the user concerned or a system administrator.');
    },
  },
];
