import { defineEvent } from '../consensus/domain-event';
import type { SchemaEntity } from './schema.entity';

export const schemaCreated = defineEvent('schema.created')<{ readonly schema: SchemaEntity }>();
export const schemaUpdated = defineEvent('schema.updated')<{ readonly schema: SchemaEntity }>();
export const schemaDeleted = defineEvent('schema.deleted')<{ readonly schemaId: string }>();
