import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineTable } from '../consensus/state/table-definition';
import type { UserEntity } from '../users/user.entity';
import { users } from '../users/users.table';
import { RoleEntity } from './role.entity';

export const roles = defineTable<RoleEntity>()({
  name: 'roles',
  entity: RoleEntity,
  key: ['projectId', 'userId'],
  indexes: { byProject: ['projectId'], byUser: ['userId'] },
});

export const roleOfUser: ReferenceDefinition<RoleEntity, UserEntity> = {
  from: roles,
  index: 'byUser',
  to: users,
  onDelete: 'cascade',
};
