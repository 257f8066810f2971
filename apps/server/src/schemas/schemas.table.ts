import type { ReferenceDefinition } from '../consensus/state/table-definition';
import { defineHistory, defineTable } from '../consensus/state/table-definition';
import { SchemaReferenceEntity } from './schema-reference.entity';
import { SchemaVersionEntity } from './schema-version.entity';
import { SchemaEntity } from './schema.entity';

export const schemas = defineTable<SchemaEntity>()({
  name: 'schemas',
  entity: SchemaEntity,
  key: ['id'],
  unique: { name: ['name'], schemaUri: ['schemaUri'] },
});

export const schemaReferences = defineTable<SchemaReferenceEntity>()({
  name: 'schema_references',
  entity: SchemaReferenceEntity,
  key: ['schemaId', 'referredId'],
  indexes: { bySchema: ['schemaId'], byReferred: ['referredId'] },
});

export const schemaVersions = defineHistory<SchemaVersionEntity>({
  name: 'schema_versions',
  entity: SchemaVersionEntity,
  key: ['schemaId', 'version'],
});

export const referenceOfSchema: ReferenceDefinition<SchemaReferenceEntity, SchemaEntity> = {
  from: schemaReferences,
  index: 'bySchema',
  to: schemas,
  onDelete: 'cascade',
};

export const referenceToSchema: ReferenceDefinition<SchemaReferenceEntity, SchemaEntity> = {
  from: schemaReferences,
  index: 'byReferred',
  to: schemas,
  onDelete: 'restrict',
};
