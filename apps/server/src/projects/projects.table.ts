import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineTable } from '../consensus/state/table-definition';
import { ApiKeyEntity } from './api-key.entity';
import { ProjectEntity } from './project.entity';

export const projects = defineTable<ProjectEntity>()({
  name: 'projects',
  entity: ProjectEntity,
  key: ['id'],
  unique: { name: ['name'] },
});

export const apiKeys = defineTable<ApiKeyEntity>()({
  name: 'api_keys',
  entity: ApiKeyEntity,
  key: ['hash'],
  indexes: { byProject: ['projectId'] },
});

export const apiKeyOfProject: ReferenceDefinition<ApiKeyEntity, ProjectEntity> = {
  from: apiKeys,
  index: 'byProject',
  to: projects,
  onDelete: 'cascade',
};
