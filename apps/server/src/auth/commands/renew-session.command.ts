import { reject } from '../../common/rejected';
import { anyone, defineCommand } from '../../consensus/command';
import { refreshFamilies } from '../../users/refresh-families.table';
import { sessionEnded, sessionRenewed } from '../session.events';

export interface RenewSession {
  readonly familyId: string;
  readonly presentedHash: string;
  readonly nextHash: string;
  readonly ttlMs: number;
}

export interface RenewedSession extends Readonly<Record<string, unknown>> {
  readonly userId: string;
  /** The token was not the newest one, so the family is gone. A rejection would have undone that. */
  readonly reused: boolean;
}

export const renewSession = defineCommand<RenewSession, RenewedSession>({
  type: 'session.renew',
  version: 1,
  requires: anyone,
  apply(state, { familyId, presentedHash, nextHash, ttlMs }, { index, at, atMs }) {
    const families = state.of(refreshFamilies);
    const family = families.get(familyId) ?? reject('unauthenticated', 'This login has ended: log in again.');
    const { userId } = family;
    if (family.tokenHash !== presentedHash) {
      families.delete(familyId);
      state.emit(sessionEnded({ familyId, userId, reason: 'reuse' }));
      return { userId, reused: true };
    }
    if (family.expiresAt <= at) reject('token-expired', 'The refresh token has expired: log in again.');
    const expiresAt = new Date(atMs + ttlMs).toISOString();
    families.put({ ...family, tokenHash: nextHash, expiresAt, modIndex: index });
    state.emit(sessionRenewed({ familyId, userId }));
    return { userId, reused: false };
  },
  audit: ({ familyId }, result) => ({
    subject: { type: 'session', id: familyId },
    summary: result?.reused
      ? `end a login of user ${result.userId}, because a refresh token of it was used twice`
      : result
        ? `renew a login of user ${result.userId}`
        : 'renew a login',
  }),
});
