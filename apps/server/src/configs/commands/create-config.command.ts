import { reject } from '../../common/rejected';
import { defineCommand } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { projectRole } from '../../roles/roles.permissions';
import { configCreated } from '../config.events';
import type { CheckedContent, ConfigSummary } from '../config.rules';
import { appendRevision, configSubject, configSummary, firstVersionOf, requireStillChecked } from '../config.rules';
import { configs, configTombstones } from '../configs.table';

export interface CreateConfig extends CheckedContent {
  readonly projectId: string;
  readonly key: string;
}

/** The permission has made sure that the project exists. */
export const createConfig = defineCommand<CreateConfig, ConfigSummary>({
  type: 'config.create',
  version: 1,
  requires: projectRole('admin'),
  apply(state, payload, context) {
    const { projectId, key, schemaId, content } = payload;
    if (state.of(configs).get(projectId, key)) reject('key-taken');
    const schemaVersion = requireStillChecked(state, payload);
    const version = firstVersionOf(state, projectId, key);
    if (version > 1) state.of(configTombstones).delete(projectId, key);
    const row = { projectId, key, schemaId, schemaVersion, version, content, ...created(context) };
    const config = state.of(configs).put(row);
    appendRevision(state, config, { operation: 'create', content }, context);
    state.emit(configCreated({ config }));
    return configSummary(config);
  },
  audit: (payload, result) => ({
    subject: configSubject(payload),
    summary: `create config ${payload.key}`,
    versionAfter: result?.version,
  }),
});
