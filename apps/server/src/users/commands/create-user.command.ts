import { defineCommand } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { userCreated } from '../user.events';
import type { PublicUser } from '../user.rules';
import { publicUser, requireFreeEmail } from '../user.rules';
import { systemAdmin } from '../users.permissions';
import { users } from '../users.table';

export interface CreateUser {
  readonly userId: string;
  readonly email: string;
  readonly name: string | null;
  readonly passwordHash: string;
  readonly isAdmin: boolean;
}

export const createUser = defineCommand<CreateUser, PublicUser>({
  type: 'user.create',
  version: 1,
  requires: systemAdmin,
  apply(state, { userId, email, name, passwordHash, isAdmin }, context) {
    requireFreeEmail(state, email);
    const user = publicUser(
      state.of(users).put({ id: userId, email, name, passwordHash, isAdmin, ...created(context) }),
    );
    state.emit(userCreated({ user }));
    return user;
  },
  audit: ({ userId, email, isAdmin }) => ({
    subject: { type: 'user', id: userId },
    summary: `create ${isAdmin ? 'system administrator' : 'user'} ${email}`,
  }),
});
