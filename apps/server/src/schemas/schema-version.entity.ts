import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';

@Entity({ name: 'schema_versions', comment: 'Every version that a schema ever had; append-only.' })
export class SchemaVersionEntity {
  @PrimaryColumn({ name: 'schema_id', type: 'text' })
  readonly schemaId: string;

  @PrimaryColumn({ type: 'integer' })
  readonly version: number;

  @Column({ type: 'text', comment: 'Canonical JSON text.' })
  readonly content: string;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;

  @Column({ ...timestamp, name: 'created_at' })
  readonly createdAt: string;

  @Column({ name: 'created_by', type: 'text', nullable: true })
  readonly createdBy: string | null;
}
