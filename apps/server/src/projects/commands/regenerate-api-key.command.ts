import type { Precondition } from '../../common/http/precondition';
import { holdIfMatch } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { touched } from '../../consensus/stamp';
import { projectRole } from '../../roles/roles.permissions';
import { apiKeyRegenerated } from '../project.events';
import { requireProject, retireApiKeys } from '../project.rules';
import { apiKeys, projects } from '../projects.table';

export interface RegenerateApiKey {
  readonly projectId: string;
  readonly apiKeyHash: string;
  readonly apiKeyHint: string;
  /** How long the replaced key goes on working. */
  readonly graceMs: number;
  readonly ifMatch: Precondition['ifMatch'];
}

export interface RegeneratedApiKey extends Readonly<Record<string, unknown>> {
  readonly apiKeyHint: string;
  readonly previousKeyExpiresAt: string | null;
}

export const regenerateApiKey = defineCommand<RegenerateApiKey, RegeneratedApiKey>({
  type: 'api-key.regenerate',
  version: 1,
  requires: projectRole('admin'),
  apply(state, { projectId, apiKeyHash, apiKeyHint, graceMs, ifMatch }, context) {
    const project = requireProject(state, projectId);
    holdIfMatch(project, ifMatch);
    const previousKeyExpiresAt = graceMs === 0 ? null : new Date(context.atMs + graceMs).toISOString();
    retireApiKeys(state, projectId, previousKeyExpiresAt, context);
    state.of(apiKeys).put({
      hash: apiKeyHash,
      projectId,
      hint: apiKeyHint,
      expiresAt: null,
      createdAt: context.at,
      modIndex: context.index,
    });
    const updated = state.of(projects).put({ ...project, apiKeyHint, ...touched(context) });
    state.emit(apiKeyRegenerated({ project: updated, previousKeyExpiresAt }));
    return { apiKeyHint, previousKeyExpiresAt };
  },
  audit: ({ projectId, graceMs }) => ({
    subject: { type: 'project', id: projectId, projectId },
    summary:
      graceMs === 0 ? 'replace the API key at once' : `replace the API key, the old one works ${graceMs / 1000} s more`,
  }),
});
