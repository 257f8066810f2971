import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, PageQuery } from '../common/http/page';
import { decodeCursor, paged } from '../common/http/page';
import { ifMatchOf, tellingEtag } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { normalizeEmail, requireUser } from '../users/user.rules';
import { users } from '../users/users.table';
import { changeRole } from './commands/change-role.command';
import { grantRole } from './commands/grant-role.command';
import { revokeRole } from './commands/revoke-role.command';
import type { RoleName } from './role.entity';
import type { RoleView } from './role.rules';
import { withEmail } from './role.rules';
import type { GrantRoleDto } from './roles.dto';
import { roles } from './roles.table';

@Injectable()
export class RolesService {
  constructor(
    private readonly consensus: ConsensusService,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  list(projectId: string, { limit, cursor }: PageQuery): Page<RoleView> {
    const { state } = this.consensus;
    const after = cursor === undefined ? undefined : encodeKey([projectId, ...decodeCursor(cursor, 1)]);
    return paged(
      state.of(roles).list('byProject', [projectId], { after }),
      { limit, maxBytes: this.environment.maxResponseBytes },
      (role) => withEmail(role, requireUser(state, role.userId)),
      ({ userId }) => [userId],
    );
  }

  async grant(projectId: string, dto: GrantRoleDto, context: RequestContext): Promise<RoleView> {
    // A repeated request gets its first outcome, even when the e-mail has become somebody else's.
    const userId = this.consensus.keptOutcome(context) ? '' : this.#userIdOf(dto);
    return (await this.consensus.execute(grantRole, { projectId, userId, role: dto.role }, context)).result;
  }

  async change(projectId: string, userId: string, role: RoleName, context: RequestContext): Promise<RoleView> {
    const payload = { projectId, userId, role, ifMatch: ifMatchOf(context.ifMatch) };
    return (await this.#tellingEtag(projectId, userId, this.consensus.execute(changeRole, payload, context))).result;
  }

  async revoke(projectId: string, userId: string, context: RequestContext): Promise<void> {
    const payload = { projectId, userId, ifMatch: ifMatchOf(context.ifMatch) };
    await this.#tellingEtag(projectId, userId, this.consensus.execute(revokeRole, payload, context));
  }

  #tellingEtag<T>(projectId: string, userId: string, write: Promise<T>): Promise<T> {
    return tellingEtag(() => this.consensus.state.of(roles).get(projectId, userId), write);
  }

  #userIdOf({ userId, email }: GrantRoleDto): string {
    if ((userId === undefined) === (email === undefined)) {
      reject('validation-failed', { errors: [{ pointer: '', message: 'must have either userId or email' }] });
    }
    if (userId !== undefined) return userId;
    const user = this.consensus.state.of(users).find('email', normalizeEmail(email ?? ''));
    return user?.id ?? reject('user-not-found', 'No user has this e-mail.');
  }
}
