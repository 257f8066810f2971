import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { systemAdminOfProject } from '../../roles/roles.permissions';
import { projectDeleted } from '../project.events';
import { requireProject } from '../project.rules';
import { projects } from '../projects.table';

export interface DeleteProject {
  readonly projectId: string;
  readonly ifMatch: Precondition['ifMatch'];
}

/** Configs, roles and keys go by cascade; audit records and revisions are history and stay. */
export const deleteProject = defineCommand<DeleteProject, null>({
  type: 'project.delete',
  version: 1,
  requires: systemAdminOfProject,
  apply(state, { projectId, ifMatch }) {
    holdIfMatch(requireProject(state, projectId), ifMatch);
    state.of(projects).delete(projectId);
    state.emit(projectDeleted({ projectId }));
    return null;
  },
  audit: ({ projectId }) => ({ subject: { type: 'project', id: projectId, projectId }, summary: 'delete project' }),
});
