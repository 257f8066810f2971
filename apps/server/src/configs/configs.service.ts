import { Injectable } from '@nestjs/common';
import { requirePrecondition, tellingEtag } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import type { JsonValue } from '../common/json/json-value';
import { ConsensusService } from '../consensus/consensus.service';
import { projectRole } from '../roles/roles.permissions';
import { proposeChecked } from '../schemas/checked-proposal';
import type { ExpectedVersionQuery, MaySayVersion } from '../schemas/expected-version';
import { preconditionFrom } from '../schemas/expected-version';
import { SchemaChecks } from '../schemas/schema-checks';
import { createConfig } from './commands/create-config.command';
import { deleteConfig } from './commands/delete-config.command';
import { rollbackConfig } from './commands/rollback-config.command';
import { updateConfig } from './commands/update-config.command';
import { ConfigHistory } from './config-history';
import type { RollbackDto } from './config-revisions.dto';
import type { ConfigSummary } from './config.rules';
import { requireConfig } from './config.rules';
import type { CreateConfigDto, UpdateConfigDto } from './configs.dto';
import { configs } from './configs.table';

/** A config as the API shows it. */
export type ConfigAnswer = ConfigSummary & { readonly content: JsonValue };

@Injectable()
export class ConfigsService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly checks: SchemaChecks,
    private readonly history: ConfigHistory,
  ) {}

  get(projectId: string, key: string): ConfigAnswer {
    const config = requireConfig(this.consensus.state, projectId, key);
    return { ...config, content: JSON.parse(config.content) as JsonValue };
  }

  async create(projectId: string, dto: CreateConfigDto, context: RequestContext): Promise<ConfigAnswer> {
    const { key, schemaId } = dto;
    const content = this.checks.contentText(dto.content);
    const prepare = async () => {
      const closure = await this.checks.requireValid(schemaId, dto.content);
      return { projectId, key, schemaId, content, closure };
    };
    const { result } = await proposeChecked(this.consensus, createConfig, prepare, context);
    // A repeated request has the same body, so its content is the one that was stored.
    return { ...result, content: dto.content };
  }

  async update(
    projectId: string,
    key: string,
    dto: UpdateConfigDto,
    query: ExpectedVersionQuery,
    context: RequestContext,
  ): Promise<ConfigAnswer> {
    const precondition = requirePrecondition(preconditionFrom(dto, query, context), context.ifMatch);
    const content = this.checks.contentText(dto.content);
    const prepare = async () => {
      const config = requireConfig(this.consensus.state, projectId, key);
      const { schemaId = config.schemaId } = dto;
      if (schemaId !== config.schemaId)
        this.consensus.checkPermission(projectRole('admin'), context.actorId, { projectId });
      const closure = await this.checks.requireValid(schemaId, dto.content);
      const namesSchema = dto.schemaId !== undefined;
      return { projectId, key, content, schemaId, namesSchema, closure, ...precondition };
    };
    const write = proposeChecked(this.consensus, updateConfig, prepare, context);
    const { result } = await this.#tellingEtag(projectId, key, write);
    return { ...result, content: dto.content };
  }

  async rollback(
    projectId: string,
    key: string,
    dto: RollbackDto,
    query: ExpectedVersionQuery,
    context: RequestContext,
  ): Promise<ConfigAnswer> {
    const precondition = requirePrecondition(preconditionFrom(dto, query, context), context.ifMatch);
    const { targetVersion } = dto;
    const prepare = async () => {
      requireConfig(this.consensus.state, projectId, key);
      const content = await this.history.contentOf(projectId, key, targetVersion, context);
      // Reading the history has taken a while: what the content is checked against is the config's schema of now.
      const { schemaId } = requireConfig(this.consensus.state, projectId, key);
      const closure = await this.checks.requireValid(schemaId, JSON.parse(content) as JsonValue);
      return { projectId, key, targetVersion, content, schemaId, closure, ...precondition };
    };
    const write = proposeChecked(this.consensus, rollbackConfig, prepare, context);
    const { result } = await this.#tellingEtag(projectId, key, write);
    return { ...result, content: await this.#contentOf(result, context) };
  }

  async delete(
    projectId: string,
    key: string,
    body: MaySayVersion,
    query: MaySayVersion,
    context: RequestContext,
  ): Promise<void> {
    const precondition = preconditionFrom(body, query, context);
    const write = this.consensus.execute(deleteConfig, { projectId, key, ...precondition }, context);
    await this.#tellingEtag(projectId, key, write);
  }

  validate(projectId: string, key: string, content: JsonValue) {
    const { schemaId } = requireConfig(this.consensus.state, projectId, key);
    return this.checks.verdict(schemaId, content);
  }

  #tellingEtag<T>(projectId: string, key: string, write: Promise<T>): Promise<T> {
    return tellingEtag(() => this.consensus.state.of(configs).get(projectId, key), write);
  }

  /** The content of a version that was written: still the current one, or history by now. */
  async #contentOf({ projectId, key, version }: ConfigSummary, context: RequestContext): Promise<JsonValue> {
    const current = this.consensus.state.of(configs).get(projectId, key);
    const text =
      current?.version === version ? current.content : await this.history.contentOf(projectId, key, version, context);
    return JSON.parse(text) as JsonValue;
  }
}
