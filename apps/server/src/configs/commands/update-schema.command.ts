import type { Precondition } from '../../common/http/precondition';
import { holdPrecondition } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { touched } from '../../consensus/stamp';
import { schemaUpdated } from '../../schemas/schema.events';
import type { SchemaSummary, SchemaVersionRef } from '../../schemas/schema.rules';
import {
  appendVersion,
  requireFreeName,
  requireFreeUri,
  requireNotReferredTo,
  requireSchema,
  requireUnchanged,
  summaryOf,
  writeReferences,
} from '../../schemas/schema.rules';
import { schemas } from '../../schemas/schemas.table';
import { systemAdmin } from '../../users/users.permissions';
import { requireNothingNewSince } from '../schema-change.rules';

export interface UpdateSchema extends Precondition {
  readonly schemaId: string;
  /** Left out, it stays. */
  readonly name?: string;
  readonly description?: string | null;
  readonly content: string;
  readonly draft: string;
  readonly schemaUri: string | null;
  readonly references: readonly string[];
  /** The versions that the content refers to, transitively. */
  readonly closure: readonly SchemaVersionRef[];
  /** Where the state stood when the configs that this concerns were checked. */
  readonly checkedIndex: number;
}

export const updateSchema = defineCommand<UpdateSchema, SchemaSummary>({
  type: 'schema.update',
  version: 1,
  requires: systemAdmin,
  apply(state, payload, context) {
    const { schemaId, content, draft, schemaUri, references, closure, checkedIndex } = payload;
    const before = requireSchema(state, schemaId);
    holdPrecondition(before, payload);
    const { name = before.name, description = before.description } = payload;
    requireFreeName(state, name, schemaId);
    requireFreeUri(state, schemaUri, schemaId);
    if (schemaUri !== before.schemaUri) requireNotReferredTo(state, schemaId);
    requireUnchanged(state, closure);
    requireNothingNewSince(state, schemaId, checkedIndex);
    const version = before.version + 1;
    const row = { ...before, name, description, schemaUri, draft, version, content, ...touched(context) };
    const schema = state.of(schemas).put(row);
    appendVersion(state, schema);
    writeReferences(state, schemaId, references, context.index);
    state.emit(schemaUpdated({ schema }));
    return summaryOf(state, schema);
  },
  audit: ({ schemaId }, result) => ({
    subject: { type: 'schema', id: schemaId },
    summary: result ? `update schema ${result.name}` : 'update schema',
    versionBefore: result && result.version - 1,
    versionAfter: result?.version,
  }),
});
