import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineTable } from '../consensus/state/table-definition';
import type { UserEntity } from './user.entity';
import { users } from './users.table';
import { RefreshFamilyEntity } from './refresh-family.entity';

export const refreshFamilies = defineTable<RefreshFamilyEntity>()({
  name: 'refresh_families',
  entity: RefreshFamilyEntity,
  key: ['id'],
  indexes: { byUser: ['userId'] },
});

export const refreshFamilyOfUser: ReferenceDefinition<RefreshFamilyEntity, UserEntity> = {
  from: refreshFamilies,
  index: 'byUser',
  to: users,
  onDelete: 'cascade',
};
