import type { RoleName } from '../roles/role.entity';

const viewer = ['project.read', 'role.read', 'config.read', 'config.validate'] as const;
const editor = [...viewer, 'config.update'] as const;
const admin = [
  ...editor,
  'config.create',
  'config.change-schema',
  'config.rollback',
  'config.delete',
  'role.grant',
  'role.change',
  'role.revoke',
  'project.update',
  'api-key.regenerate',
  'audit.read',
] as const;
const systemAdmin = [...admin, 'project.delete'] as const;

export type Ability = (typeof systemAdmin)[number];
export const abilities: readonly Ability[] = systemAdmin;

const ofRole: Readonly<Record<RoleName, readonly Ability[]>> = { viewer, editor, admin };

/** What somebody may do in a project, for clients that show only what will work. */
export const abilitiesOf = (role: RoleName | null, isAdmin: boolean): readonly Ability[] =>
  isAdmin ? systemAdmin : role === null ? [] : ofRole[role];
