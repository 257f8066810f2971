import type { Precondition } from '../../common/http/precondition';
import { holdPrecondition } from '../../common/http/precondition';
import { reject } from '../../common/rejected';
import { defineCommand } from '../../consensus/command';
import { projectRole } from '../../roles/roles.permissions';
import { configRolledBack } from '../config.events';
import type { CheckedContent, ConfigSummary } from '../config.rules';
import { appendRevision, configSubject, configSummary, putNextVersion, requireConfig } from '../config.rules';

/** History is not in the state, so the command carries the old content. */
export interface RollbackConfig extends CheckedContent, Precondition {
  readonly projectId: string;
  readonly key: string;
  readonly targetVersion: number;
}

export const rollbackConfig = defineCommand<RollbackConfig, ConfigSummary>({
  type: 'config.rollback',
  version: 1,
  requires: projectRole('admin'),
  apply(state, payload, context) {
    const { projectId, key, targetVersion, schemaId, content } = payload;
    const before = requireConfig(state, projectId, key);
    holdPrecondition(before, payload);
    if (targetVersion > before.version) reject('revision-not-found');
    if (schemaId !== before.schemaId) reject('schema-changed');
    const config = putNextVersion(state, before, payload, context);
    appendRevision(state, config, { operation: 'rollback', content, targetVersion }, context);
    state.emit(configRolledBack({ config, targetVersion }));
    return configSummary(config);
  },
  audit: (payload, result) => ({
    subject: configSubject(payload),
    summary: `roll config ${payload.key} back to version ${payload.targetVersion}`,
    versionBefore: result && result.version - 1,
    versionAfter: result?.version,
  }),
});
