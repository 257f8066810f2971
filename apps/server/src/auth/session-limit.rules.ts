import type { WritableState } from '../consensus/state/staging';
import { refreshFamilies } from '../users/refresh-families.table';
import { sessionEnded } from './session.events';

/** A user stays logged in at most so many times; one more ends the login that was unused for longest. */
export const maxSessionsOfUser = 100;

export function displaceOldSessions(state: WritableState, userId: string): void {
  const families = [...state.of(refreshFamilies).list('byUser', [userId])].sort((a, b) => a.modIndex - b.modIndex);
  for (const { id } of families.slice(0, Math.max(0, families.length - maxSessionsOfUser + 1))) {
    state.of(refreshFamilies).delete(id);
    state.emit(sessionEnded({ familyId: id, userId, reason: 'displaced' }));
  }
}
