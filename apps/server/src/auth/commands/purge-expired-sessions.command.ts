import { defineCommand, theSystem } from '../../consensus/command';
import { refreshFamilies } from '../../users/refresh-families.table';
import { sessionEnded } from '../session.events';

export interface PurgeExpiredSessions {
  /** What the leader saw as expired; whether it is, the entry's time decides. */
  readonly familyIds: readonly string[];
}

export const purgeExpiredSessions = defineCommand<PurgeExpiredSessions, { readonly purged: number }>({
  type: 'session.purge-expired',
  version: 1,
  requires: theSystem,
  apply(state, { familyIds }, { at }) {
    let purged = 0;
    for (const familyId of familyIds) {
      const family = state.of(refreshFamilies).get(familyId);
      if (!family || family.expiresAt > at) continue;
      state.of(refreshFamilies).delete(familyId);
      state.emit(sessionEnded({ familyId, userId: family.userId, reason: 'expired' }));
      purged += 1;
    }
    return { purged };
  },
  audit: (_payload, result) => ({
    subject: { type: 'session', id: 'expired' },
    summary: `purge ${result?.purged ?? 0} expired logins`,
  }),
});
