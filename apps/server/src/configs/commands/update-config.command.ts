import type { Precondition } from '../../common/http/precondition';
import { holdPrecondition } from '../../common/http/precondition';
import { reject } from '../../common/rejected';
import { defineCommand } from '../../consensus/command';
import { projectRole, requireProjectRole } from '../../roles/roles.permissions';
import { configUpdated } from '../config.events';
import type { CheckedContent, ConfigSummary } from '../config.rules';
import { appendRevision, configSubject, configSummary, putNextVersion, requireConfig } from '../config.rules';

export interface UpdateConfig extends CheckedContent, Precondition {
  readonly projectId: string;
  readonly key: string;
  /** The caller named the schema; else it is the one that the config had when the content was checked. */
  readonly namesSchema: boolean;
}

export const updateConfig = defineCommand<UpdateConfig, ConfigSummary>({
  type: 'config.update',
  version: 1,
  requires: projectRole('editor'),
  apply(state, payload, context) {
    const { projectId, key, schemaId, namesSchema, content } = payload;
    const before = requireConfig(state, projectId, key);
    holdPrecondition(before, payload);
    if (schemaId !== before.schemaId) {
      if (!namesSchema) reject('schema-changed');
      requireProjectRole(state, context.actorId, projectId, 'admin');
    }
    const config = putNextVersion(state, before, payload, context);
    appendRevision(state, config, { operation: 'update', content }, context);
    state.emit(configUpdated({ config }));
    return configSummary(config);
  },
  audit: (payload, result) => ({
    subject: configSubject(payload),
    summary: `update config ${payload.key}`,
    versionBefore: result && result.version - 1,
    versionAfter: result?.version,
  }),
});
