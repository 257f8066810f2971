import { reject } from '../common/rejected';
import type { StateView } from '../consensus/state/state';
import type { SchemaEntity } from '../schemas/schema.entity';
import { dependentsOf, named, referencesOf, requireSchema } from '../schemas/schema.rules';
import { configs } from './configs.table';

/** The schema and all that refer to it: the contents of their configs are judged with it. */
export function affectedBy(state: StateView, schemaId: string): readonly SchemaEntity[] {
  const dependents = dependentsOf(state, schemaId).filter(({ id }) => id !== schemaId);
  return [requireSchema(state, schemaId), ...dependents];
}

/**
 * A new version of a schema was checked against all configs that it concerns, as they were at `checkedIndex`. Whatever
 * else takes part in judging those must not have changed since: the configs, the schemas that refer to this one, and
 * what those refer to in turn, because two changes that are harmless each may break a config together.
 */
export function requireNothingNewSince(state: StateView, schemaId: string, checkedIndex: number): void {
  for (const schema of affectedBy(state, schemaId)) {
    for (const part of [schema, ...referencesOf(state, schema.id)]) {
      if (part.id !== schemaId && part.modIndex > checkedIndex) reject('schema-changed');
    }
    for (const config of state.of(configs).list('bySchema', [schema.id])) {
      if (config.modIndex > checkedIndex) reject('schema-changed');
    }
  }
}

export function requireNoConfigs(state: StateView, schemaId: string): void {
  const keys: string[] = [];
  for (const { projectId, key } of state.of(configs).list('bySchema', [schemaId])) keys.push(`${projectId}/${key}`);
  if (keys.length > 0) reject('schema-in-use', `Configs use it: ${named(keys)}.`);
}
