import { reject } from '../common/rejected';
import type { StateView } from '../consensus/state/state';
import type { UserEntity } from '../users/user.entity';
import type { RoleEntity, RoleName } from './role.entity';
import { roles } from './roles.table';

export const roleNames = ['admin', 'editor', 'viewer'] as const satisfies readonly RoleName[];

const rank: Readonly<Record<RoleName, number>> = { viewer: 1, editor: 2, admin: 3 };

/** A role includes the lesser ones. */
export const includesRole = (held: RoleName, needed: RoleName): boolean => rank[held] >= rank[needed];

export const roleIn = (state: StateView, projectId: string, userId: string): RoleName | null =>
  state.of(roles).get(projectId, userId)?.role ?? null;

export function requireRole(state: StateView, projectId: string, userId: string): RoleEntity {
  return state.of(roles).get(projectId, userId) ?? reject('role-not-found');
}

/** A role as it is shown: with the e-mail of its user. */
export type RoleView = Pick<RoleEntity, keyof RoleEntity> & { readonly email: string };

export const withEmail = (role: RoleEntity, { email }: UserEntity): RoleView => ({ ...role, email });
