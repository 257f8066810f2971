import type { Precondition } from '../../common/http/precondition';
import { holdPrecondition } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { projectRole } from '../../roles/roles.permissions';
import { configDeleted } from '../config.events';
import { appendRevision, configSubject, requireConfig } from '../config.rules';
import { configs, configTombstones } from '../configs.table';

export interface DeleteConfig extends Precondition {
  readonly projectId: string;
  readonly key: string;
}

export type ConfigDeletion = Readonly<{ version: number }>;

/** A tombstone keeps the last version, so that a key created again never repeats one. */
export const deleteConfig = defineCommand<DeleteConfig, ConfigDeletion>({
  type: 'config.delete',
  version: 1,
  requires: projectRole('admin'),
  apply(state, payload, context) {
    const { projectId, key } = payload;
    const config = requireConfig(state, projectId, key);
    holdPrecondition(config, payload);
    const version = config.version + 1;
    state.of(configs).delete(projectId, key);
    state.of(configTombstones).put({ projectId, key, lastVersion: version, modIndex: context.index });
    appendRevision(state, { ...config, version }, { operation: 'delete', content: null }, context);
    state.emit(configDeleted({ config, version }));
    return { version };
  },
  audit: (payload, result) => ({
    subject: configSubject(payload),
    summary: `delete config ${payload.key}`,
    versionBefore: result && result.version - 1,
    versionAfter: result?.version,
  }),
});
