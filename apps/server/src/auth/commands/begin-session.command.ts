import { reject } from '../../common/rejected';
import { anyone, defineCommand } from '../../consensus/command';
import { refreshFamilies } from '../../users/refresh-families.table';
import { users } from '../../users/users.table';
import { sessionBegun } from '../session.events';
import { displaceOldSessions } from '../session-limit.rules';

export interface BeginSession {
  readonly familyId: string;
  readonly userId: string;
  readonly tokenHash: string;
  /** The hash that the password was checked against. */
  readonly checkedPasswordHash: string;
  readonly ttlMs: number;
}

export const beginSession = defineCommand<BeginSession, { readonly userId: string }>({
  type: 'session.begin',
  version: 1,
  requires: anyone,
  apply(state, { familyId, userId, tokenHash, checkedPasswordHash, ttlMs }, { index, at, atMs }) {
    const user = state.of(users).get(userId);
    if (user?.passwordHash !== checkedPasswordHash) reject('invalid-credentials');
    displaceOldSessions(state, userId);
    const expiresAt = new Date(atMs + ttlMs).toISOString();
    state.of(refreshFamilies).put({ id: familyId, userId, tokenHash, expiresAt, createdAt: at, modIndex: index });
    state.emit(sessionBegun({ familyId, userId }));
    return { userId };
  },
  audit: ({ userId }) => ({ subject: { type: 'user', id: userId }, summary: 'log in' }),
});
