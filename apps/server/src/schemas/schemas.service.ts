import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, PageQuery, SearchQuery } from '../common/http/page';
import { containing, decodeCursor, paged } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { History } from '../consensus/history';
import { proposeChecked } from './checked-proposal';
import { createSchema } from './commands/create-schema.command';
import { SchemaChecks } from './schema-checks';
import { SchemaVersionEntity } from './schema-version.entity';
import type { SchemaEntity } from './schema.entity';
import type { SchemaSummary } from './schema.rules';
import { requireSchema, summaryOf } from './schema.rules';
import type { CreateSchemaDto } from './schemas.dto';
import { schemas } from './schemas.table';
import { versionPage } from './version-page';

/** A schema as the API shows it. */
export type SchemaAnswer = SchemaSummary & { readonly content: JsonValue };

@Injectable()
export class SchemasService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly history: History,
    private readonly checks: SchemaChecks,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  list({ limit, cursor, q }: SearchQuery): Page<SchemaAnswer> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 1)[0];
    const rows = containing(this.consensus.state.of(schemas).all({ after }), q, textsOf);
    const limits = { limit, maxBytes: this.environment.maxResponseBytes };
    return paged(
      rows,
      limits,
      (schema) => this.#answer(schema),
      ({ id }) => [id],
    );
  }

  get(schemaId: string): SchemaAnswer {
    return this.#answer(requireSchema(this.consensus.state, schemaId));
  }

  async create(dto: CreateSchemaDto, context: RequestContext): Promise<SchemaAnswer> {
    const { name, description = null } = dto;
    const content = this.checks.schemaText(dto.content);
    const schemaId = randomUUID();
    const prepare = async () => {
      const { draft, schemaUri, references, closure } = await this.checks.inspected(dto.content, null);
      return { schemaId, name, description, content, draft, schemaUri, references, closure };
    };
    const { result } = await proposeChecked(this.consensus, createSchema, prepare, context);
    // A repeated request has the same body, so its content is the one that was stored.
    return { ...result, content: dto.content };
  }

  async versions(schemaId: string, { limit, cursor }: PageQuery, { deadline }: RequestContext) {
    const { modIndex } = requireSchema(this.consensus.state, schemaId);
    const limits = { limit, cursor, maxBytes: this.environment.maxResponseBytes };
    return this.history.at(modIndex, deadline, (snapshot) =>
      versionPage(snapshot.getRepository(SchemaVersionEntity), { schemaId }, limits, presentVersion),
    );
  }

  async version(schemaId: string, version: number, { deadline }: RequestContext) {
    const { modIndex } = requireSchema(this.consensus.state, schemaId);
    const found = await this.history.at(modIndex, deadline, (snapshot) =>
      snapshot.findOneBy(SchemaVersionEntity, { schemaId, version }),
    );
    return presentVersion(found ?? reject('schema-version-not-found'));
  }

  validate(schemaId: string, content: JsonValue) {
    return this.checks.verdict(schemaId, content);
  }

  #answer(schema: SchemaEntity): SchemaAnswer {
    return { ...summaryOf(this.consensus.state, schema), content: JSON.parse(schema.content) as JsonValue };
  }
}

const textsOf = ({ name, description, schemaUri }: SchemaEntity) => [name, description, schemaUri];

const presentVersion = ({ schemaId, version, content, createdAt, createdBy }: SchemaVersionEntity) => ({
  schemaId,
  version,
  content: JSON.parse(content) as JsonValue,
  createdAt,
  createdBy,
});
