import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { StampedEntity } from '../database/stamped.entity';

@Entity({ name: 'schemas', comment: 'JSON Schemas that configs are checked against.' })
@Unique('schemas_name_unique', ['name'], { deferrable: 'INITIALLY DEFERRED' })
@Unique('schemas_schema_uri_unique', ['schemaUri'], { deferrable: 'INITIALLY DEFERRED' })
export class SchemaEntity extends StampedEntity {
  @PrimaryColumn({ type: 'text' })
  readonly id: string;

  @Column({ type: 'text' })
  readonly name: string;

  @Column({ type: 'text', nullable: true })
  readonly description: string | null;

  @Column({
    name: 'schema_uri',
    type: 'text',
    nullable: true,
    comment: 'The $id under which other schemas refer to it.',
  })
  readonly schemaUri: string | null;

  @Column({ type: 'text', comment: 'draft-04, draft-06, draft-07, 2019-09 or 2020-12.' })
  readonly draft: string;

  @Column({ type: 'integer' })
  readonly version: number;

  @Column({ type: 'text', comment: 'Canonical JSON text.' })
  readonly content: string;
}
