import type { Feature } from '../consensus/command.registry';
import { createProject } from './commands/create-project.command';
import { deleteProject } from './commands/delete-project.command';
import { expireApiKeys } from './commands/expire-api-keys.command';
import { regenerateApiKey } from './commands/regenerate-api-key.command';
import { updateProject } from './commands/update-project.command';
import { projectPermissions } from './projects.permissions';
import { apiKeyOfProject, apiKeys, projects, roleOfProject } from './projects.table';

export const projectsFeature: Feature = {
  tables: [projects, apiKeys],
  commands: [createProject, updateProject, deleteProject, regenerateApiKey, expireApiKeys],
  references: [apiKeyOfProject, roleOfProject],
  permissions: projectPermissions,
};
