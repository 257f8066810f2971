import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';
import { ProjectEntity } from '../projects/project.entity';
import { SchemaEntity } from '../schemas/schema.entity';

@Entity({ name: 'configs', comment: 'The current version of every config.' })
@Index('configs_by_schema', ['schemaId'])
export class ConfigEntity extends StampedEntity {
  @PrimaryColumn({ name: 'project_id', type: 'text' })
  @ForeignKey(() => ProjectEntity, {
    name: 'configs_project_fk',
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly projectId: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  readonly key: string;

  @Column({ name: 'schema_id', type: 'text' })
  @ForeignKey(() => SchemaEntity, {
    name: 'configs_schema_fk',
    onDelete: 'NO ACTION',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly schemaId: string;

  @Column({
    name: 'schema_version',
    type: 'integer',
    comment: 'The version of the schema that the content was last checked against on a write.',
  })
  readonly schemaVersion: number;

  @Column({ type: 'integer' })
  readonly version: number;

  @Column({ type: 'text', comment: 'Canonical JSON text.' })
  readonly content: string;
}
