import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, PageQuery } from '../common/http/page';
import { decodeCursor, paged } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import type { RoleEntity } from '../roles/role.entity';
import { roles } from '../roles/roles.table';
import { publicUser, requireUser } from '../users/user.rules';
import { requireActor } from '../users/users.permissions';
import { requireProject } from './project.rules';
import type { MeDto, ProjectRoleDto } from './projects.dto';

/** The roles of one user over all projects. They name the projects, so they cannot stand in roles. */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly consensus: ConsensusService,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  me({ actorId }: RequestContext): MeDto {
    const { state } = this.consensus;
    const user = requireActor(state, actorId);
    return { ...publicUser(user), roles: Array.from(state.of(roles).list('byUser', [user.id]), this.#named) };
  }

  list(userId: string, { limit, cursor }: PageQuery): Page<ProjectRoleDto> {
    const { state } = this.consensus;
    requireUser(state, userId);
    const after = cursor === undefined ? undefined : encodeKey([...decodeCursor(cursor, 1), userId]);
    return paged(
      state.of(roles).list('byUser', [userId], { after }),
      { limit, maxBytes: this.environment.maxResponseBytes },
      this.#named,
      ({ projectId }) => [projectId],
    );
  }

  readonly #named = ({ projectId, role }: RoleEntity): ProjectRoleDto => ({
    projectId,
    projectName: requireProject(this.consensus.state, projectId).name,
    role,
  });
}
