import { Column, Entity, PrimaryColumn } from 'typeorm';
import { safeInteger, timestamp } from '../database/columns';

export type RevisionOperation = 'create' | 'update' | 'rollback' | 'delete';

@Entity({
  name: 'config_revisions',
  comment: 'Every version that a config ever had; append-only, kept after deletion.',
})
export class ConfigRevisionEntity {
  @PrimaryColumn({ name: 'project_id', type: 'text' })
  readonly projectId: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  readonly key: string;

  @PrimaryColumn({ type: 'integer' })
  readonly version: number;

  @Column({ type: 'text', comment: 'create, update, rollback or delete.' })
  readonly operation: RevisionOperation;

  @Column({ type: 'text', nullable: true, comment: 'Canonical JSON text; null for a deletion.' })
  readonly content: string | null;

  @Column({ name: 'schema_id', type: 'text' })
  readonly schemaId: string;

  @Column({ name: 'schema_version', type: 'integer' })
  readonly schemaVersion: number;

  @Column({
    name: 'target_version',
    type: 'integer',
    nullable: true,
    comment: 'The version that a rollback went back to.',
  })
  readonly targetVersion: number | null;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;

  @Column({ ...timestamp, name: 'created_at' })
  readonly createdAt: string;

  @Column({ name: 'created_by', type: 'text', nullable: true })
  readonly createdBy: string | null;
}
