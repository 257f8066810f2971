import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { touched } from '../../consensus/stamp';
import { projectRole } from '../../roles/roles.permissions';
import { projectUpdated } from '../project.events';
import type { ProjectRow } from '../project.rules';
import { requireFreeProjectName, requireProject } from '../project.rules';
import { projects } from '../projects.table';

/** A member that is left out stays as it is. */
export interface UpdateProject {
  readonly projectId: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly ifMatch: Precondition['ifMatch'];
}

export const updateProject = defineCommand<UpdateProject, ProjectRow>({
  type: 'project.update',
  version: 1,
  requires: projectRole('admin'),
  apply(state, { projectId, name, description, ifMatch }, context) {
    const project = requireProject(state, projectId);
    holdIfMatch(project, ifMatch);
    if (name !== undefined) requireFreeProjectName(state, name, projectId);
    const updated = state.of(projects).put({
      ...project,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...touched(context),
    });
    state.emit(projectUpdated({ project: updated }));
    return updated;
  },
  audit: ({ projectId, name, description }) => ({
    subject: { type: 'project', id: projectId, projectId },
    summary: `change ${[name !== undefined && 'name', description !== undefined && 'description'].filter(Boolean).join(', ') || 'nothing'} of project`,
  }),
});
