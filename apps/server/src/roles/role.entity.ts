import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';
import { UserEntity } from '../users/user.entity';

export type RoleName = 'admin' | 'editor' | 'viewer';

@Entity({ name: 'roles', comment: 'What a user may do in a project.' })
@Index('roles_by_user', ['userId'])
@ForeignKey('projects', ['projectId'], ['id'], {
  name: 'roles_project_fk',
  onDelete: 'CASCADE',
  deferrable: 'INITIALLY DEFERRED',
})
export class RoleEntity extends StampedEntity {
  @PrimaryColumn({ name: 'project_id', type: 'text' })
  readonly projectId: string;

  @PrimaryColumn({ name: 'user_id', type: 'text' })
  @ForeignKey(() => UserEntity, { name: 'roles_user_fk', onDelete: 'CASCADE', deferrable: 'INITIALLY DEFERRED' })
  readonly userId: string;

  @Column({ type: 'text', comment: 'admin, editor or viewer.' })
  readonly role: RoleName;
}
