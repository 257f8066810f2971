import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineTable } from '../consensus/state/table-definition';
import type { RoleEntity } from '../roles/role.entity';
import { roles } from '../roles/roles.table';
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

/** Declared here, because roles stands to the left of projects. */
export const roleOfProject: ReferenceDefinition<RoleEntity, ProjectEntity> = {
  from: roles,
  index: 'byProject',
  to: projects,
  onDelete: 'cascade',
};
