import type { Feature } from '../consensus/command.registry';
import { changeRole } from './commands/change-role.command';
import { grantRole } from './commands/grant-role.command';
import { revokeRole } from './commands/revoke-role.command';
import { rolePermissions } from './roles.permissions';
import { roleOfUser, roles } from './roles.table';

/** The reference to projects is registered by projects, which stands to the right. */
export const rolesFeature: Feature = {
  tables: [roles],
  commands: [grantRole, changeRole, revokeRole],
  references: [roleOfUser],
  permissions: rolePermissions,
};
