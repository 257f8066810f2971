import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { canonicalText } from '../common/json/canonical-text';
import type { JsonValue } from '../common/json/json-value';
import type { InputError } from '../common/rejected';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { bundleOf, SchemaCatalogue } from './schema-bundle';
import type { SchemaEntity } from './schema.entity';
import type { SchemaVersionRef } from './schema.rules';
import { closureOf, requireFreeUri, requireNotReferredTo, versionOf } from './schema.rules';
import { metaSchemaText } from './validation/meta-schemas';
import { SchemaValidator } from './validation/schema-validator';
import type { SchemaInspection, SchemaSource, ValidationError, Verdict } from './validation/validation.types';

/** A schema that may be stored, and what it was inspected with. */
export interface InspectedSchema {
  readonly draft: string;
  readonly schemaUri: string | null;
  /** Ids of the stored schemas that it refers to itself; never its own. */
  readonly references: readonly string[];
  /** The versions of these and of what they refer to in turn. */
  readonly closure: readonly SchemaVersionRef[];
  readonly sources: readonly SchemaSource[];
}

/** `$id`s are indexed, and what is indexed is bounded. */
const longestUri = 1000;

/** Judges schemas and contents against the state as it is now, before anything is proposed. */
@Injectable()
export class SchemaChecks {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly validator: SchemaValidator,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  schemaText(content: JsonValue): string {
    return bounded(canonicalText(content), this.environment.maxSchemaBytes, 'MAX_SCHEMA_BYTES');
  }

  contentText(content: JsonValue): string {
    return bounded(canonicalText(content), this.environment.maxContentBytes, 'MAX_CONTENT_BYTES');
  }

  async verdict(schemaId: string, content: JsonValue): Promise<Verdict> {
    const bundle = bundleOf(this.consensus.state, schemaId);
    const { valid, errors } = await this.validator.validate(bundle, this.contentText(content));
    return { valid, errors: errors.map(inContent) };
  }

  /** Rejects a content that breaks the schema; answers with the versions that it was checked with. */
  async requireValid(schemaId: string, contentText: string): Promise<readonly SchemaVersionRef[]> {
    const { state } = this.consensus;
    const closure = closureOf(state, schemaId).map(versionOf);
    const { valid, errors } = await this.validator.validate(bundleOf(state, schemaId), contentText);
    if (!valid) reject('content-invalid', { detail: firstOf(errors), errors: errors.map(inContent) });
    return closure;
  }
}
