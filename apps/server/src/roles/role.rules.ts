import { reject } from '../common/rejected';
import type { StateView } from '../consensus/state/state';
import type { UserEntity } from '../users/user.entity';
import { requireActor } from '../users/users.permissions';
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

/** The actor, if a member of the project or a system administrator; to anybody else there is no such project. */
export function requireMember(
  state: StateView,
  projectId: string,
  actorId: string | null,
): { readonly actor: UserEntity; readonly role: RoleName | null } {
  const actor = requireActor(state, actorId);
  const role = roleIn(state, projectId, actor.id);
  if (role === null && !actor.isAdmin) reject('project-not-found');
  return { actor, role };
}

export function requireProjectRole(
  state: StateView,
  projectId: string,
  actorId: string | null,
  needed: RoleName,
): void {
  const { actor, role } = requireMember(state, projectId, actorId);
  if (!actor.isAdmin && !(role && includesRole(role, needed)))
    reject('forbidden', `This needs the role ${needed} in the project.`);
}

/** A role as it is shown: with the e-mail of its user. */
export type RoleView = Pick<RoleEntity, keyof RoleEntity> & { readonly email: string };

export const withEmail = (role: RoleEntity, { email }: UserEntity): RoleView => ({ ...role, email });
