import { Inject, Injectable } from '@nestjs/common';
import { TokenExpiredError } from '@nestjs/jwt';
import type { Request } from 'express';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { ContextRequest } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { reject, Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { refreshFamilies } from '../users/refresh-families.table';
import { requireActor } from '../users/users.permissions';
import { users } from '../users/users.table';
import { JwtStrategy } from './jwt.strategy';
import { runStrategy } from './run-strategy';
import type { VerifiedToken } from './verified-tokens';
import { VerifiedTokens } from './verified-tokens';

/** Who sends a request of the admin API. */
@Injectable()
export class JwtAuthentication {
  readonly #verified = new VerifiedTokens();

  constructor(
    private readonly strategy: JwtStrategy,
    private readonly consensus: ConsensusService,
    @Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'authRules'>,
  ) {}

  /** The id of the user behind the access token, who exists at this moment. Rejects `unauthenticated` or `token-expired`. */
  async authenticate(request: Request): Promise<string> {
    return this.requireUser(await this.verify(request));
  }

  /** Whose token it is, by its signature and terms alone: no state can make a forged token a good one. */
  async verify(request: Request): Promise<VerifiedToken> {
    const { authorization = '' } = request.headers;
    return this.#verified.find(authorization) ?? (await this.#verify(request, authorization));
  }

  /** The id of the user, if there is such a user and, with AUTH_RULES=strict, such a login at this moment. */
  requireUser(token: VerifiedToken): string {
    const { id } = requireActor(this.consensus.state, token.userId);
    if (!this.isLoginKnown(token)) reject('unauthenticated', 'This login has ended: log in again.');
    return id;
  }

  /** False with AUTH_RULES=strict when the login has ended, or has not been heard of here. */
  isLoginKnown({ familyId }: VerifiedToken): boolean {
    if (this.environment.authRules === 'standard') return true;
    return familyId !== null && this.consensus.state.of(refreshFamilies).get(familyId) !== undefined;
  }

  /** Whether anything of the request is worth reading. A user who is not known here may have been made elsewhere a moment ago. */
  async admit(request: ContextRequest): Promise<void> {
    const token = await this.verify(request);
    if (this.consensus.state.of(users).get(token.userId) && this.isLoginKnown(token)) return;
    await this.consensus.barrier(linearizable, request.context.deadline);
    this.requireUser(token);
  }

  async #verify(request: Request, authorization: string): Promise<VerifiedToken> {
    const token = (await runStrategy(this.strategy, request, asRejection)) as VerifiedToken;
    this.#verified.keep(authorization, token);
    return token;
  }
}

const asRejection = (reason: unknown): Rejected =>
  new Rejected(reason instanceof TokenExpiredError ? 'token-expired' : 'unauthenticated');
