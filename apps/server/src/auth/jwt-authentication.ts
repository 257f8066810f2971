import { Injectable } from '@nestjs/common';
import { TokenExpiredError } from '@nestjs/jwt';
import type { Request } from 'express';
import type { ContextRequest } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
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
  ) {}

  /** The id of the user behind the access token, who exists at this moment. Rejects `unauthenticated` or `token-expired`. */
  async authenticate(request: Request): Promise<string> {
    return this.requireUser(await this.verify(request));
  }

  /** Whose token it is, by its signature and terms alone: no state can make a forged token a good one. */
  async verify(request: Request): Promise<string> {
    const { authorization = '' } = request.headers;
    return (this.#verified.find(authorization) ?? (await this.#verify(request, authorization))).userId;
  }

  /** The same id, if there is such a user at this moment. */
  requireUser(userId: string): string {
    return requireActor(this.consensus.state, userId).id;
  }

  /** Whether anything of the request is worth reading. A user who is not known here may have been made elsewhere a moment ago. */
  async admit(request: ContextRequest): Promise<void> {
    const userId = await this.verify(request);
    if (this.consensus.state.of(users).get(userId)) return;
    await this.consensus.barrier(linearizable, request.context.deadline);
    this.requireUser(userId);
  }

  async #verify(request: Request, authorization: string): Promise<VerifiedToken> {
    const token = (await runStrategy(this.strategy, request, asRejection)) as VerifiedToken;
    this.#verified.keep(authorization, token);
    return token;
  }
}

const asRejection = (reason: unknown): Rejected =>
  new Rejected(reason instanceof TokenExpiredError ? 'token-expired' : 'unauthenticated');
