import type { Feature } from '../consensus/command.registry';
import { createFirstAdmin } from './commands/create-first-admin.command';
import { createUser } from './commands/create-user.command';
import { deleteUser } from './commands/delete-user.command';
import { updateUser } from './commands/update-user.command';
import { refreshFamilies, refreshFamilyOfUser } from './refresh-families.table';
import { userPermissions } from './users.permissions';
import { users } from './users.table';

export const usersFeature: Feature = {
  tables: [users, refreshFamilies],
  commands: [createUser, createFirstAdmin, updateUser, deleteUser],
  references: [refreshFamilyOfUser],
  permissions: userPermissions,
};
