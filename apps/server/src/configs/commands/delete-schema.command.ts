import type { Precondition } from '../../common/http/precondition';
import { holdPrecondition } from '../../common/http/precondition';
import { defineCommand } from '../../consensus/command';
import { schemaDeleted } from '../../schemas/schema.events';
import { requireNotReferredTo, requireSchema } from '../../schemas/schema.rules';
import { schemas } from '../../schemas/schemas.table';
import { systemAdmin } from '../../users/users.permissions';
import { requireNoConfigs } from '../schema-change.rules';

export interface DeleteSchema extends Precondition {
  readonly schemaId: string;
}

/** Its own references go by cascade; its versions stay in the history. */
export const deleteSchema = defineCommand<DeleteSchema, Readonly<{ name: string; version: number }>>({
  type: 'schema.delete',
  version: 1,
  requires: systemAdmin,
  apply(state, payload) {
    const { schemaId } = payload;
    const { name, version, ...schema } = requireSchema(state, schemaId);
    holdPrecondition({ ...schema, version }, payload);
    requireNoConfigs(state, schemaId);
    requireNotReferredTo(state, schemaId);
    state.of(schemas).delete(schemaId);
    state.emit(schemaDeleted({ schemaId }));
    return { name, version };
  },
  audit: ({ schemaId }, result) => ({
    subject: { type: 'schema', id: schemaId },
    summary: result ? `delete schema ${result.name}` : 'delete schema',
    versionBefore: result?.version,
  }),
});
