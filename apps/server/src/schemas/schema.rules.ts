import { reject } from '../common/rejected';
import type { WritableState } from '../consensus/state/staging';
import type { StateView } from '../consensus/state/state';
import type { SchemaEntity } from './schema.entity';
import { schemaReferences, schemas, schemaVersions } from './schemas.table';

/** One version of a schema: what a content or another schema was checked against. */
export interface SchemaVersionRef {
  readonly schemaId: string;
  readonly version: number;
}

/** A schema as commands answer it: everything but the content, which a command's result must not hold. */
export type SchemaSummary = Omit<SchemaEntity, 'content'> & { readonly references: readonly SchemaVersionRef[] };

export function requireSchema(state: StateView, schemaId: string): SchemaEntity {
  return state.of(schemas).get(schemaId) ?? reject('schema-not-found');
}

export function requireFreeName(state: StateView, name: string, exceptSchemaId?: string): void {
  const holder = state.of(schemas).find('name', name);
  if (holder && holder.id !== exceptSchemaId) reject('name-taken');
}

/** Schemas find each other by `$id`, so it names one schema. */
export function requireFreeUri(state: StateView, schemaUri: string | null, exceptSchemaId?: string): void {
  const holder = schemaUri === null ? undefined : state.of(schemas).find('schemaUri', schemaUri);
  if (holder && holder.id !== exceptSchemaId)
    reject('schema-id-taken', `The $id ${schemaUri} belongs to the schema "${holder.name}" (${holder.id}).`);
}

/** The schemas that this one refers to itself, in the order of their ids. */
export function referredBy(state: StateView, schemaId: string): readonly SchemaEntity[] {
  return [...state.of(schemaReferences).list('bySchema', [schemaId])].map(({ referredId }) =>
    requireSchema(state, referredId),
  );
}

/** The schemas that refer to this one themselves, in the order of their ids. */
export function referringTo(state: StateView, schemaId: string): readonly SchemaEntity[] {
  return [...state.of(schemaReferences).list('byReferred', [schemaId])].map((reference) =>
    requireSchema(state, reference.schemaId),
  );
}

/**
 * All that the schema refers to, transitively. Schemas may refer to each other in a circle; then the schema itself is
 * among them, because the others have to find it.
 */
export function referencesOf(state: StateView, schemaId: string): readonly SchemaEntity[] {
  return reachable(schemaId, (id) => referredBy(state, id));
}

/** All that refer to the schema, transitively: their configs can feel a change of it. */
export function dependentsOf(state: StateView, schemaId: string): readonly SchemaEntity[] {
  return reachable(schemaId, (id) => referringTo(state, id));
}

function reachable(start: string, next: (schemaId: string) => readonly SchemaEntity[]): readonly SchemaEntity[] {
  const found = new Map(next(start).map((schema) => [schema.id, schema]));
  // A Map may grow while it is walked over: what is found is visited in its turn.
  for (const schemaId of found.keys()) {
    for (const other of next(schemaId)) if (!found.has(other.id)) found.set(other.id, other);
  }
  return [...found.values()];
}

/** The schema and all that it refers to: what a content of it is checked with. The schema comes first. */
export function closureOf(state: StateView, schemaId: string): readonly SchemaEntity[] {
  const others = referencesOf(state, schemaId).filter(({ id }) => id !== schemaId);
  return [requireSchema(state, schemaId), ...others];
}

export const versionOf = ({ id, version }: SchemaEntity): SchemaVersionRef => ({ schemaId: id, version });

/** What was checked outside must still be what the state holds; else the service looks again. Never reaches a caller. */
export function requireUnchanged(state: StateView, checked: readonly SchemaVersionRef[]): void {
  for (const { schemaId, version } of checked) {
    if (state.of(schemas).get(schemaId)?.version !== version) reject('schema-changed');
  }
}

/** Replaces the outgoing references of a stored schema. */
export function writeReferences(
  state: WritableState,
  schemaId: string,
  referredIds: readonly string[],
  modIndex: number,
): void {
  const references = state.of(schemaReferences);
  const wanted = new Set(referredIds);
  for (const { referredId } of references.list('bySchema', [schemaId])) {
    if (!wanted.delete(referredId)) references.delete(schemaId, referredId);
  }
  for (const referredId of wanted) references.put({ schemaId, referredId, modIndex });
}

export function appendVersion(state: WritableState, schema: SchemaEntity): void {
  const { id: schemaId, version, content, modIndex, updatedAt: createdAt, updatedBy: createdBy } = schema;
  state.append(schemaVersions, { schemaId, version, content, modIndex, createdAt, createdBy });
}

export function summaryOf(state: StateView, { content: _content, ...schema }: SchemaEntity): SchemaSummary {
  return { ...schema, references: referredBy(state, schema.id).map(versionOf) };
}

const shown = 10;

/** A few names for a message, and how many more there are. */
export function named(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return names.slice(0, shown).join(', ') + more;
}

/** Others find the schema by its `$id`, so it stays as long as they do. */
export function requireNotReferredTo(state: StateView, schemaId: string): void {
  const others = referringTo(state, schemaId);
  if (others.length > 0) {
    reject('schema-in-use', `Other schemas refer to it: ${named(others.map(({ id, name }) => `"${name}" (${id})`))}.`);
  }
}
