import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';

@Entity({ name: 'users', comment: 'People who use the admin API.' })
@Unique('users_email_unique', ['email'], { deferrable: 'INITIALLY DEFERRED' })
export class UserEntity extends StampedEntity {
  @PrimaryColumn({ type: 'text' })
  readonly id: string;

  @Column({ type: 'text', comment: 'Lower case.' })
  readonly email: string;

  @Column({ type: 'text', nullable: true })
  readonly name: string | null;

  @Column({ name: 'password_hash', type: 'text', comment: 'bcrypt over base64(SHA-256(password)).' })
  readonly passwordHash: string;

  @Column({ name: 'is_admin', type: 'boolean', comment: 'System administrator: may do everything.' })
  readonly isAdmin: boolean;
}
