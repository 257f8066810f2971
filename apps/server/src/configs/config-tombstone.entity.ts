import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../database/columns';
import { ProjectEntity } from '../projects/project.entity';

@Entity({
  name: 'config_tombstones',
  comment: 'The last version of each deleted key: created again, it goes on from there.',
})
export class ConfigTombstoneEntity {
  @PrimaryColumn({ name: 'project_id', type: 'text' })
  @ForeignKey(() => ProjectEntity, {
    name: 'config_tombstones_project_fk',
    onDelete: 'CASCADE',
    deferrable: 'INITIALLY DEFERRED',
  })
  readonly projectId: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  readonly key: string;

  @Column({ name: 'last_version', type: 'integer', comment: 'The version of the deletion itself.' })
  readonly lastVersion: number;

  @Column({ ...safeInteger, name: 'mod_index' })
  readonly modIndex: number;
}
