import { reject } from '../common/rejected';
import type { StateView } from '../consensus/state/state';
import type { UserEntity } from './user.entity';
import { users } from './users.table';

/** The part of a user that may be shown, kept and told: everything but the password's hash. */
export type PublicUser = Omit<UserEntity, 'passwordHash'>;

export function publicUser({ passwordHash: _secret, ...user }: UserEntity): PublicUser {
  return user;
}

/** E-mail addresses are compared and kept in lower case. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();

export function requireUser(state: StateView, userId: string): UserEntity {
  return state.of(users).get(userId) ?? reject('user-not-found');
}

export function requireFreeEmail(state: StateView, email: string, exceptUserId?: string): void {
  const holder = state.of(users).find('email', email);
  if (holder && holder.id !== exceptUserId) reject('email-taken');
}

/** At least one system administrator remains. */
export function requireAnotherAdmin(state: StateView, user: UserEntity): void {
  for (const admin of state.of(users).list('byAdmin', ['true'])) if (admin.id !== user.id) return;
  reject('last-admin');
}
