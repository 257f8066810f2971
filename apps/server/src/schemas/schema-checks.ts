import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { canonicalText } from '../common/json/canonical-text';
import type { JsonValue } from '../common/json/json-value';
import { Rejected, reject } from '../common/rejected';
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
    this.contentText(content);
    const { valid, errors } = await this.validator.validate(bundleOf(this.consensus.state, schemaId), content);
    return { valid, errors: errors.map(inContent) };
  }

  /**
   * Rejects a schema that cannot be stored. `self` is the stored schema that it would replace: its old version does not
   * count as something to refer to.
   */
  async inspected(content: JsonValue, self: SchemaEntity | null): Promise<InspectedSchema> {
    const { state } = this.consensus;
    let catalogue = new SchemaCatalogue(state);
    let inspection = await this.inspect(content, catalogue);
    const { schemaUri } = inspection;
    requireUsableUri(schemaUri);
    requireFreeUri(state, schemaUri, self?.id);
    const ownUri = self?.schemaUri ?? null;
    if (self && schemaUri !== ownUri) requireNotReferredTo(state, self.id);
    if (self && ownUri !== null && inspection.closure.some(({ uri }) => uri === ownUri)) {
      if (schemaUri !== ownUri) refuseUri(`changes, but the schema still refers to the old one, ${ownUri}`);
      // It refers to itself through others: those have to find the new content.
      catalogue = new SchemaCatalogue(state, candidateOf(self.id, ownUri, canonicalText(content)));
      inspection = await this.inspect(content, catalogue);
    }
    const references = catalogue.idsOf(inspection.references.filter((uri) => uri !== schemaUri));
    const closure = catalogue.versionsOf(inspection.closure);
    return { draft: inspection.draft, schemaUri, references, closure, sources: inspection.closure };
  }

  /** Rejects a content that breaks the schema; answers with the versions that it was checked with. */
  async requireValid(schemaId: string, content: JsonValue): Promise<readonly SchemaVersionRef[]> {
    const { state } = this.consensus;
    const closure = closureOf(state, schemaId).map(versionOf);
    const { valid, errors } = await this.validator.validate(bundleOf(state, schemaId), content);
    if (!valid) reject('content-invalid', { detail: firstOf(errors), errors: errors.map(inContent) });
    return closure;
  }

  async inspect(content: JsonValue, catalogue: SchemaCatalogue): Promise<SchemaInspection> {
    try {
      return await this.validator.inspect(content, catalogue);
    } catch (error) {
      if (!(error instanceof Rejected) || error.detail.errors === undefined) throw error;
      throw new Rejected(error.code, { ...error.detail, errors: error.detail.errors.map(inContent) });
    }
  }
}

/** A content of a schema that is not stored (yet), as other schemas would refer to it. */
export function candidateOf(schemaId: string, uri: string, text: string): SchemaSource {
  return { key: `${schemaId}@${createHash('sha256').update(text).digest('base64url')}`, uri, text };
}

/** Pointers in answers start at the object that has the member `content`: the body, or the resource. */
export function inContent<E extends { readonly pointer?: string }>(error: E): E & { readonly pointer: string } {
  return { ...error, pointer: `/content${error.pointer ?? ''}` };
}

function firstOf([first]: readonly ValidationError[]): string | undefined {
  return first && `${first.pointer === '' ? 'The content' : first.pointer} ${first.message}`;
}

function bounded(text: string, maxBytes: number, setting: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    reject('payload-too-large', `The content has ${bytes} bytes of canonical text; ${setting} allows ${maxBytes}.`);
  }
  return text;
}

function requireUsableUri(schemaUri: string | null): void {
  if (schemaUri === null) return;
  if (Buffer.byteLength(schemaUri) > longestUri) refuseUri(`is longer than ${longestUri} bytes`);
  if (metaSchemaText(schemaUri) !== undefined)
    reject('schema-id-taken', `The $id ${schemaUri} belongs to JSON Schema itself.`);
}

function refuseUri(message: string): never {
  const errors = [{ pointer: '/content/$id', keyword: '$id', message }];
  return reject('schema-invalid', { detail: `The $id ${message}.`, errors });
}
