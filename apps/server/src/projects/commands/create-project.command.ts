import { defineCommand } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { systemAdmin } from '../../users/users.permissions';
import { projectCreated } from '../project.events';
import type { ProjectRow } from '../project.rules';
import { requireFreeProjectName } from '../project.rules';
import { apiKeys, projects } from '../projects.table';

export interface CreateProject {
  readonly projectId: string;
  readonly name: string;
  readonly description: string | null;
  readonly apiKeyHash: string;
  readonly apiKeyHint: string;
}

export const createProject = defineCommand<CreateProject, ProjectRow>({
  type: 'project.create',
  version: 1,
  requires: systemAdmin,
  apply(state, { projectId, name, description, apiKeyHash, apiKeyHint }, context) {
    requireFreeProjectName(state, name);
    const project = state.of(projects).put({ id: projectId, name, description, apiKeyHint, ...created(context) });
    state.of(apiKeys).put({
      hash: apiKeyHash,
      projectId,
      hint: apiKeyHint,
      expiresAt: null,
      createdAt: context.at,
      modIndex: context.index,
    });
    state.emit(projectCreated({ project }));
    return project;
  },
  audit: ({ projectId, name }) => ({
    subject: { type: 'project', id: projectId, projectId },
    summary: `create project ${name}`,
  }),
});
