import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineHistory, defineTable } from '../consensus/state/table-definition';
import type { ProjectEntity } from '../projects/project.entity';
import { projects } from '../projects/projects.table';
import type { SchemaEntity } from '../schemas/schema.entity';
import { schemas } from '../schemas/schemas.table';
import { ConfigRevisionEntity } from './config-revision.entity';
import { ConfigTombstoneEntity } from './config-tombstone.entity';
import { ConfigEntity } from './config.entity';

export const configs = defineTable<ConfigEntity>()({
  name: 'configs',
  entity: ConfigEntity,
  key: ['projectId', 'key'],
  indexes: { byProject: ['projectId'], bySchema: ['schemaId'] },
});

export const configTombstones = defineTable<ConfigTombstoneEntity>()({
  name: 'config_tombstones',
  entity: ConfigTombstoneEntity,
  key: ['projectId', 'key'],
  indexes: { byProject: ['projectId'] },
});

export const configRevisions = defineHistory<ConfigRevisionEntity>({
  name: 'config_revisions',
  entity: ConfigRevisionEntity,
  key: ['projectId', 'key', 'version'],
});

export const configOfProject: ReferenceDefinition<ConfigEntity, ProjectEntity> = {
  from: configs,
  index: 'byProject',
  to: projects,
  onDelete: 'cascade',
};

export const configOfSchema: ReferenceDefinition<ConfigEntity, SchemaEntity> = {
  from: configs,
  index: 'bySchema',
  to: schemas,
  onDelete: 'restrict',
};

export const tombstoneOfProject: ReferenceDefinition<ConfigTombstoneEntity, ProjectEntity> = {
  from: configTombstones,
  index: 'byProject',
  to: projects,
  onDelete: 'cascade',
};
