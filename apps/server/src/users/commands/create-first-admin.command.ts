import { defineCommand, theSystem } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { userCreated } from '../user.events';
import { publicUser } from '../user.rules';
import { users } from '../users.table';

export interface CreateFirstAdmin {
  readonly userId: string;
  readonly email: string;
  readonly passwordHash: string;
}

/** Proposed by the first leader of an empty cluster; does nothing when there is anybody. */
export const createFirstAdmin = defineCommand<CreateFirstAdmin, { readonly created: boolean }>({
  type: 'user.create-first-admin',
  version: 1,
  requires: theSystem,
  apply(state, { userId, email, passwordHash }, context) {
    if (state.of(users).size > 0) return { created: false };
    const user = state
      .of(users)
      .put({ id: userId, email, name: null, passwordHash, isAdmin: true, ...created(context) });
    state.emit(userCreated({ user: publicUser(user) }));
    return { created: true };
  },
  audit: ({ userId, email }) => ({
    subject: { type: 'user', id: userId },
    summary: `create the first administrator ${email}`,
  }),
});
