import { Injectable } from '@nestjs/common';
import { requirePrecondition, tellingEtag } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { proposeChecked } from '../schemas/checked-proposal';
import { preconditionFrom } from '../schemas/expected-version';
import type { ExpectedVersionQuery, MaySayVersion } from '../schemas/expected-version';
import { SchemaChecks } from '../schemas/schema-checks';
import { requireSchema } from '../schemas/schema.rules';
import type { SchemaAnswer } from '../schemas/schemas.service';
import { schemas } from '../schemas/schemas.table';
import { deleteSchema } from './commands/delete-schema.command';
import { updateSchema } from './commands/update-schema.command';
import type { UpdateSchemaDto } from './schema-changes.dto';
import type { AffectedSchema, Impact } from './schema-impact';
import { SchemaImpact } from './schema-impact';

/** Changes of schemas that concern configs: here because configs know schemas, and not the other way round. */
@Injectable()
export class SchemaChangesService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly checks: SchemaChecks,
    private readonly impacts: SchemaImpact,
  ) {}

  async impact(schemaId: string, content: JsonValue, { deadline }: RequestContext): Promise<Omit<Impact, 'broken'>> {
    const schema = requireSchema(this.consensus.state, schemaId);
    const inspected = await this.checks.inspected(content, schema);
    const affected = await this.impacts.affected(schema, this.checks.schemaText(content), inspected);
    const { breaks, checked } = await this.impacts.check(affected, 0, deadline);
    return { breaks, checked };
  }

  async update(
    schemaId: string,
    dto: UpdateSchemaDto,
    query: ExpectedVersionQuery,
    context: RequestContext,
  ): Promise<SchemaAnswer> {
    const precondition = requirePrecondition(preconditionFrom(dto, query, context), context.ifMatch);
    const { name, description } = dto;
    const text = this.checks.schemaText(dto.content);
    let before: { readonly index: number; readonly with: string } | undefined;
    const prepare = async () => {
      // Taken first: whatever changes while this looks has a later index, and apply refuses it.
      const checkedIndex = this.consensus.appliedIndex;
      const schema = requireSchema(this.consensus.state, schemaId);
      const inspected = await this.checks.inspected(dto.content, schema);
      const affected = await this.impacts.affected(schema, text, inspected);
      // In a second round only what is new is checked, as long as it would be checked with the same schemas.
      const since = before?.with === judgesOf(affected) ? before.index : 0;
      refuseBreaks(await this.impacts.check(affected, since, context.deadline));
      before = { index: checkedIndex, with: judgesOf(affected) };
      const { draft, schemaUri, references, closure } = inspected;
      const found = { content: text, draft, schemaUri, references, closure, checkedIndex };
      return {
        schemaId,
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...found,
        ...precondition,
      };
    };
    const write = proposeChecked(this.consensus, updateSchema, prepare, context);
    const { result } = await this.#tellingEtag(schemaId, write);
    return { ...result, content: dto.content };
  }

  async delete(schemaId: string, body: MaySayVersion, query: MaySayVersion, context: RequestContext): Promise<void> {
    const payload = { schemaId, ...preconditionFrom(body, query, context) };
    await this.#tellingEtag(schemaId, this.consensus.execute(deleteSchema, payload, context));
  }

  #tellingEtag<T>(schemaId: string, write: Promise<T>): Promise<T> {
    return tellingEtag(() => this.consensus.state.of(schemas).get(schemaId), write);
  }
}

/** Equal when the same contents would be judged by the same texts. */
const judgesOf = (affected: readonly AffectedSchema[]): string =>
  JSON.stringify(
    affected.map(({ schemaId, bundle }) => [schemaId, bundle.root.key, bundle.references.map(({ key }) => key).sort()]),
  );

function refuseBreaks({ breaks, broken }: Impact): void {
  if (broken === 0) return;
  const shown = breaks.length < broken ? `; "breaks" shows the first ${breaks.length}` : '';
  reject('schema-breaks-configs', { detail: `${broken} configs would no longer be valid${shown}.`, breaks });
}
