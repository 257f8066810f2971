import { Inject, Injectable } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { RequestContext } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import type { RefreshFamilyEntity } from '../users/refresh-family.entity';
import { refreshFamilies } from '../users/refresh-families.table';
import { SecurityNotices } from '../users/security-notices';
import { publicUser } from '../users/user.rules';
import { users } from '../users/users.table';
import { AccessTokens } from './access-tokens';
import type { LoggedInDto, LoginDto, TokenPairDto } from './auth.dto';
import { beginSession } from './commands/begin-session.command';
import { endSession } from './commands/end-session.command';
import { renewSession } from './commands/renew-session.command';
import { CredentialCheck } from '../users/credential-check';
import type { RefreshToken } from './refresh-token';
import { mintRefreshToken, readRefreshToken } from './refresh-token';
import { sessionTtlMs } from './session-terms';

interface PresentedToken {
  readonly token: RefreshToken;
  readonly family: RefreshFamilyEntity;
}

/** The guard holds no barrier for a public route, so a user or login made on another node might not be here yet: each passes one. */
@Injectable()
export class AuthService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly credentials: CredentialCheck,
    private readonly accessTokens: AccessTokens,
    private readonly notices: SecurityNotices,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'refreshTokenTtlMs' | 'authRules'>,
  ) {}

  async login({ email, password }: LoginDto, context: RequestContext): Promise<LoggedInDto> {
    await this.consensus.barrier(linearizable, context.deadline);
    const user = await this.credentials.check(email, password, context);
    const token = mintRefreshToken();
    const { familyId, tokenHash } = token;
    const ttlMs = sessionTtlMs(this.environment);
    const payload = { familyId, userId: user.id, tokenHash, checkedPasswordHash: user.passwordHash, ttlMs };
    await this.consensus.execute(beginSession, payload, context);
    return { ...this.#pair(user.id, token, ttlMs), user: publicUser(user) };
  }

  async refresh(refreshToken: string, context: RequestContext): Promise<TokenPairDto> {
    const presented = await this.#known(refreshToken, context);
    if (!presented) return reject('unauthenticated', 'The refresh token is of no login, or of one that has ended.');
    const { token, family } = presented;
    const next = mintRefreshToken(token.family);
    const ttlMs = sessionTtlMs(this.environment, family);
    const { familyId, tokenHash: presentedHash } = token;
    const payload = { familyId, presentedHash, nextHash: next.tokenHash, ttlMs };
    const { userId, reused } = (await this.consensus.execute(renewSession, payload, context)).result;
    return reused ? this.#refuseReuse(userId, context) : this.#pair(userId, next, ttlMs);
  }

  #refuseReuse(userId: string, { requestId }: RequestContext): never {
    const email = this.consensus.state.of(users).get(userId)?.email;
    // The owner or a thief.
    if (email !== undefined)
      this.notices.tell({ kind: 'refresh-token-reused', userId, email, actorId: null, requestId });
    return reject('token-reused');
  }

  async logout(refreshToken: string, context: RequestContext): Promise<void> {
    const presented = await this.#known(refreshToken, context);
    if (presented) await this.consensus.execute(endSession, { familyId: presented.family.id }, context);
  }

  /** The token when its family lives; nothing else gets as far as the log, which anybody could fill otherwise. */
  async #known(refreshToken: string, { deadline }: RequestContext): Promise<PresentedToken | undefined> {
    const token = readRefreshToken(refreshToken);
    if (!token) return undefined;
    await this.consensus.barrier(linearizable, deadline);
    const family = this.consensus.state.of(refreshFamilies).get(token.familyId);
    return family && { token, family };
  }

  #pair(userId: string, { text, familyId }: RefreshToken, ttlMs: number): TokenPairDto {
    const { accessToken, expiresIn } = this.accessTokens.issue(userId, { familyId, ttlMs });
    return { accessToken, refreshToken: text, tokenType: 'Bearer', expiresIn };
  }
}
