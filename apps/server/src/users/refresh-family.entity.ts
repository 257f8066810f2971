import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';
import { UserEntity } from './user.entity';

@Entity({
  name: 'refresh_families',
  comment: 'One login and the refresh tokens that descend from it; only the newest is good.',
})
@Index('refresh_families_by_user', ['userId'])
export class RefreshFamilyEntity {
  @PrimaryColumn({ type: 'text' })
  readonly id: string;

  @Column({ name: 'user_id', type: 'text' })
  @ForeignKey(() => UserEntity, {
    name: 'refresh_families_user_fk',
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly userId: string;

  @Column({ name: 'token_hash', type: 'text', comment: 'SHA-256 of the newest refresh token, hex.' })
  readonly tokenHash: string;

  @Column({ ...timestamp, name: 'expires_at', comment: 'After this the family is purged by a command.' })
  readonly expiresAt: string;

  @Column({ ...timestamp, name: 'created_at' })
  readonly createdAt: string;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;
}
