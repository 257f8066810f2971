import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, SearchQuery } from '../common/http/page';
import { containing, decodeCursor, paged } from '../common/http/page';
import { ifMatchOf, tellingEtag } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { requireMember } from '../roles/roles.permissions';
import { roles } from '../roles/roles.table';
import { requireActor } from '../users/users.permissions';
import { mintApiKey } from './api-key';
import { createProject } from './commands/create-project.command';
import { deleteProject } from './commands/delete-project.command';
import { regenerateApiKey } from './commands/regenerate-api-key.command';
import { updateProject } from './commands/update-project.command';
import { abilitiesOf } from './project-abilities';
import type { ProjectEntity } from './project.entity';
import type { ProjectView } from './project.rules';
import { requireProject, seenBy } from './project.rules';
import type {
  CreatedProjectDto,
  CreateProjectDto,
  ProjectPermissionsDto,
  RegenerateApiKeyDto,
  RegeneratedApiKeyDto,
  UpdateProjectDto,
} from './projects.dto';
import { projects } from './projects.table';

@Injectable()
export class ProjectsService {
  constructor(
    private readonly consensus: ConsensusService,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  list({ limit, cursor, q }: SearchQuery, { actorId }: RequestContext): Page<ProjectView> {
    const { state } = this.consensus;
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 1)[0];
    return paged(
      containing(this.#visible(actorId, after), q, ({ name, description }) => [name, description]),
      { limit, maxBytes: this.environment.maxResponseBytes },
      (project) => seenBy(state, actorId, project),
      ({ id }) => [id],
    );
  }

  get(projectId: string, { actorId }: RequestContext): ProjectView {
    const { state } = this.consensus;
    return seenBy(state, actorId, requireProject(state, projectId));
  }

  permissions(projectId: string, { actorId }: RequestContext): ProjectPermissionsDto {
    const { actor, role } = requireMember(this.consensus.state, actorId, projectId);
    return { role, isAdmin: actor.isAdmin, permissions: abilitiesOf(role, actor.isAdmin) };
  }

  async create({ name, description }: CreateProjectDto, context: RequestContext): Promise<CreatedProjectDto> {
    const { apiKey, hash: apiKeyHash, hint: apiKeyHint } = mintApiKey();
    const payload = {
      projectId: randomUUID(),
      name: name.trim(),
      description: description ?? null,
      apiKeyHash,
      apiKeyHint,
    };
    const { result, repeated } = await this.consensus.execute(createProject, payload, context);
    return { ...seenBy(this.consensus.state, context.actorId, result), ...(!repeated && { apiKey }) };
  }

  async update(projectId: string, dto: UpdateProjectDto, context: RequestContext): Promise<ProjectView> {
    const { name, description } = dto;
    const payload = { projectId, name: name?.trim(), description, ifMatch: ifMatchOf(context.ifMatch) };
    const { result } = await this.#tellingEtag(projectId, this.consensus.execute(updateProject, payload, context));
    return seenBy(this.consensus.state, context.actorId, result);
  }

  async delete(projectId: string, context: RequestContext): Promise<void> {
    const payload = { projectId, ifMatch: ifMatchOf(context.ifMatch) };
    await this.#tellingEtag(projectId, this.consensus.execute(deleteProject, payload, context));
  }

  async regenerateApiKey(
    projectId: string,
    { gracePeriodSeconds = 0 }: RegenerateApiKeyDto,
    context: RequestContext,
  ): Promise<RegeneratedApiKeyDto> {
    const { apiKey, hash: apiKeyHash, hint: apiKeyHint } = mintApiKey();
    const ifMatch = ifMatchOf(context.ifMatch);
    const payload = { projectId, apiKeyHash, apiKeyHint, graceMs: gracePeriodSeconds * 1000, ifMatch };
    const write = this.consensus.execute(regenerateApiKey, payload, context);
    const { result, repeated } = await this.#tellingEtag(projectId, write);
    return { ...(!repeated && { apiKey }), ...result };
  }

  #tellingEtag<T>(projectId: string, write: Promise<T>): Promise<T> {
    return tellingEtag(() => this.consensus.state.of(projects).get(projectId), write);
  }

  /** In the order of ids, from the first one after `after`. */
  *#visible(actorId: string | null, after: string | undefined): Generator<ProjectEntity> {
    const { state } = this.consensus;
    const actor = requireActor(state, actorId);
    if (actor.isAdmin) return yield* state.of(projects).all({ after });
    const from = after === undefined ? undefined : encodeKey([after, actor.id]);
    for (const { projectId } of state.of(roles).list('byUser', [actor.id], { after: from }))
      yield requireProject(state, projectId);
  }
}
