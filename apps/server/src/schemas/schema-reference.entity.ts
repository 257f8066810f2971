import { Entity, ForeignKey, Index, PrimaryColumn, Column } from 'typeorm';
import { safeInteger } from '../database/columns';
import { SchemaEntity } from './schema.entity';

@Entity({ name: 'schema_references', comment: 'Which stored schema refers directly to which.' })
@Index('schema_references_by_referred', ['referredId'])
export class SchemaReferenceEntity {
  @PrimaryColumn({ name: 'schema_id', type: 'text' })
  @ForeignKey(() => SchemaEntity, {
    name: 'schema_references_schema_fk',
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly schemaId: string;

  @PrimaryColumn({ name: 'referred_id', type: 'text' })
  @ForeignKey(() => SchemaEntity, {
    name: 'schema_references_referred_fk',
    onDelete: 'NO ACTION',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly referredId: string;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;
}
