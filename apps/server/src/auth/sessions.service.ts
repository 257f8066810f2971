import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, PageQuery } from '../common/http/page';
import { decodeCursor, paged } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { CredentialCheck } from '../users/credential-check';
import { refreshFamilies } from '../users/refresh-families.table';
import { requireActor } from '../users/users.permissions';
import { endSession } from './commands/end-session.command';
import type { EndSessionsDto, SessionDto } from './sessions.dto';

/** The logins of the user who asks. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly credentials: CredentialCheck,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'maxResponseBytes'>,
  ) {}

  list({ limit, cursor }: PageQuery, { actorId, sessionId }: RequestContext): Page<SessionDto> {
    const { state } = this.consensus;
    const user = requireActor(state, actorId);
    const after = cursor === undefined ? undefined : encodeKey([...decodeCursor(cursor, 1)]);
    return paged(
      state.of(refreshFamilies).list('byUser', [user.id], { after }),
      { limit, maxBytes: this.environment.maxResponseBytes },
      ({ id, createdAt, expiresAt }) => ({ id, isCurrent: id === sessionId, createdAt, expiresAt }),
      ({ id }) => [id],
    );
  }

  /** Ending one that is not there, or somebody else's, is no mistake and ends nothing. */
  async end({ currentPassword, sessionId }: EndSessionsDto, context: RequestContext): Promise<void> {
    const user = requireActor(this.consensus.state, context.actorId);
    await this.credentials.check(user.email, currentPassword, context).catch(namingCurrentPassword);
    const own = Array.from(this.consensus.state.of(refreshFamilies).list('byUser', [user.id]), ({ id }) => id);
    const ended = sessionId === undefined ? own : own.filter((id) => id === sessionId);
    // Each is a command of its own.
    await Promise.all(
      ended.map((familyId) =>
        this.consensus.execute(endSession, { familyId }, { ...context, commandId: randomUUID() }),
      ),
    );
  }
}

function namingCurrentPassword(error: unknown): never {
  if (!(error instanceof Rejected) || error.code !== 'invalid-credentials') throw error;
  throw new Rejected(error.code, { errors: [{ pointer: '/currentPassword', message: 'is not your password' }] });
}
