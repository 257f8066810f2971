import type { Feature } from '../consensus/command.registry';
import { createSchema } from './commands/create-schema.command';
import { referenceOfSchema, referenceToSchema, schemaReferences, schemas, schemaVersions } from './schemas.table';

/** What changes or removes a schema concerns configs as well and is registered by them. */
export const schemasFeature: Feature = {
  tables: [schemas, schemaReferences, schemaVersions],
  commands: [createSchema],
  references: [referenceOfSchema, referenceToSchema],
};
