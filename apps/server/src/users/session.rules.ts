import type { WritableState } from '../consensus/state/staging';
import { refreshFamilies } from './refresh-families.table';

/** Ends every login of the user: no refresh token of theirs works from here on. */
export function revokeSessions(state: WritableState, userId: string): void {
  const families = state.of(refreshFamilies);
  for (const family of families.list('byUser', [userId])) families.delete(family.id);
}
