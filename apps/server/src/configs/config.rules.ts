import { reject } from '../common/rejected';
import type { ApplyContext } from '../consensus/command';
import type { WritableState } from '../consensus/state/staging';
import type { StateView } from '../consensus/state/state';
import { touched } from '../consensus/stamp';
import type { SchemaVersionRef } from '../schemas/schema.rules';
import { requireSchema, requireUnchanged } from '../schemas/schema.rules';
import type { ConfigRevisionEntity } from './config-revision.entity';
import type { ConfigEntity } from './config.entity';
import { configRevisions, configs, configTombstones } from './configs.table';

/** A config as commands answer it: everything but the content, which a command's result must not hold. */
export type ConfigSummary = Omit<ConfigEntity, 'content'>;

/** A content that a service has found valid, and with what. */
export interface CheckedContent {
  readonly content: string;
  readonly schemaId: string;
  /** The schema and all that it refers to, in the versions that the content was checked with. */
  readonly closure: readonly SchemaVersionRef[];
}

export const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

export function requireConfig(state: StateView, projectId: string, key: string): ConfigEntity {
  return state.of(configs).get(projectId, key) ?? reject('config-not-found');
}

/** The log index of the last change of a key that is or once was; its history goes that far. */
export function lastChangeOf(state: StateView, projectId: string, key: string): number {
  const row = state.of(configs).get(projectId, key) ?? state.of(configTombstones).get(projectId, key);
  return row?.modIndex ?? reject('config-not-found');
}

/** A key that was deleted goes on from the version of its deletion. */
export function firstVersionOf(state: StateView, projectId: string, key: string): number {
  return (state.of(configTombstones).get(projectId, key)?.lastVersion ?? 0) + 1;
}

/** The version of the schema that the content was checked with, which must still be its version. */
export function requireStillChecked(state: StateView, { schemaId, closure }: CheckedContent): number {
  requireUnchanged(state, closure);
  return requireSchema(state, schemaId).version;
}

/** The next version of an existing config with a content that was checked. */
export function putNextVersion(
  state: WritableState,
  config: ConfigEntity,
  checked: CheckedContent,
  context: ApplyContext,
): ConfigEntity {
  const schemaVersion = requireStillChecked(state, checked);
  const { content, schemaId } = checked;
  const version = config.version + 1;
  return state.of(configs).put({ ...config, content, schemaId, schemaVersion, version, ...touched(context) });
}

/** Every change of a config, a deletion too, is one revision with the next version. */
export function appendRevision(
  state: WritableState,
  config: Pick<ConfigEntity, 'projectId' | 'key' | 'version' | 'schemaId' | 'schemaVersion'>,
  change: Pick<ConfigRevisionEntity, 'operation' | 'content'> & { readonly targetVersion?: number },
  { index, at, actorId }: ApplyContext,
): void {
  const { projectId, key, version, schemaId, schemaVersion } = config;
  const { operation, content, targetVersion = null } = change;
  const stamp = { modIndex: index, createdAt: at, createdBy: actorId };
  state.append(configRevisions, {
    projectId,
    key,
    version,
    operation,
    content,
    schemaId,
    schemaVersion,
    targetVersion,
    ...stamp,
  });
}

export function configSummary({ content: _content, ...config }: ConfigEntity): ConfigSummary {
  return config;
}

export const configSubject = ({ projectId, key }: { readonly projectId: string; readonly key: string }) => ({
  type: 'config',
  id: key,
  projectId,
});
