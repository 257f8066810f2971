import { defineTable } from '../consensus/state/table-definition';
import { UserEntity } from './user.entity';

export const users = defineTable<UserEntity>()({
  name: 'users',
  entity: UserEntity,
  key: ['id'],
  unique: { email: ['email'] },
  indexes: { byAdmin: ['isAdmin'] },
});
