import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';

@Entity({ name: 'projects', comment: 'A set of configs with its own API key and roles.' })
@Unique('projects_name_unique', ['name'], { deferrable: 'INITIALLY DEFERRED' })
export class ProjectEntity extends StampedEntity {
  @PrimaryColumn({ type: 'text' })
  readonly id: string;

  @Column({ type: 'text' })
  readonly name: string;

  @Column({ type: 'text', nullable: true })
  readonly description: string | null;

  @Column({ name: 'api_key_hint', type: 'text', comment: 'The last characters of the current API key.' })
  readonly apiKeyHint: string;
}
