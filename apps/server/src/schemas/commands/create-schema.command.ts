import { defineCommand } from '../../consensus/command';
import { created } from '../../consensus/stamp';
import { systemAdmin } from '../../users/users.permissions';
import { schemaCreated } from '../schema.events';
import type { SchemaSummary, SchemaVersionRef } from '../schema.rules';
import {
  appendVersion,
  requireFreeName,
  requireFreeUri,
  requireUnchanged,
  summaryOf,
  writeReferences,
} from '../schema.rules';
import { schemas } from '../schemas.table';

export interface CreateSchema {
  readonly schemaId: string;
  readonly name: string;
  readonly description: string | null;
  readonly content: string;
  readonly draft: string;
  readonly schemaUri: string | null;
  /** Ids of the schemas that the content itself refers to. */
  readonly references: readonly string[];
  /** Every version that the content was checked with, transitively. */
  readonly closure: readonly SchemaVersionRef[];
}

export const createSchema = defineCommand<CreateSchema, SchemaSummary>({
  type: 'schema.create',
  version: 1,
  requires: systemAdmin,
  apply(state, { schemaId, name, description, content, draft, schemaUri, references, closure }, context) {
    requireFreeName(state, name);
    requireFreeUri(state, schemaUri);
    requireUnchanged(state, closure);
    const row = { id: schemaId, name, description, schemaUri, draft, version: 1, content, ...created(context) };
    const schema = state.of(schemas).put(row);
    appendVersion(state, schema);
    writeReferences(state, schemaId, references, context.index);
    state.emit(schemaCreated({ schema }));
    return summaryOf(state, schema);
  },
  audit: ({ schemaId, name }, result) => ({
    subject: { type: 'schema', id: schemaId },
    summary: `create schema ${name}`,
    versionAfter: result && 1,
  }),
});
