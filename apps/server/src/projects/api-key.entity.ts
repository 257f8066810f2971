import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';
import { ProjectEntity } from './project.entity';

@Entity({
  name: 'api_keys',
  comment: 'Hashes of the API keys that are good now: the current one and those in their grace period.',
})
@Index('api_keys_by_project', ['projectId'])
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'text', comment: 'SHA-256 of the key, hex.' })
  readonly hash: string;

  @Column({ name: 'project_id', type: 'text' })
  @ForeignKey(() => ProjectEntity, {
    name: 'api_keys_project_fk',
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly projectId: string;

  @Column({ type: 'text', comment: 'The last characters of the key.' })
  readonly hint: string;

  @Column({
    ...timestamp,
    name: 'expires_at',
    nullable: true,
    comment: 'End of the grace period; null for the current key.',
  })
  readonly expiresAt: string | null;

  @Column({ ...timestamp, name: 'created_at' })
  readonly createdAt: string;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;
}
