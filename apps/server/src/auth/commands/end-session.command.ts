import { anyone, defineCommand } from '../../consensus/command';
import { refreshFamilies } from '../../users/refresh-families.table';
import { sessionEnded } from '../session.events';

export interface EndSession {
  readonly familyId: string;
}

/** Any token of the family ends it, an older one too. Ending what has ended is no mistake. */
export const endSession = defineCommand<EndSession, { readonly userId: string | null }>({
  type: 'session.end',
  version: 1,
  requires: anyone,
  apply(state, { familyId }) {
    const family = state.of(refreshFamilies).get(familyId);
    if (!family) return { userId: null };
    state.of(refreshFamilies).delete(familyId);
    state.emit(sessionEnded({ familyId, userId: family.userId, reason: 'logout' }));
    return { userId: family.userId };
  },
  audit: ({ familyId }, result) => ({
    subject: { type: 'session', id: familyId },
    summary: result?.userId ? `log out user ${result.userId}` : 'log out',
  }),
});
