import { Injectable } from '@nestjs/common';
import { TokenExpiredError } from '@nestjs/jwt';
import type { Request } from 'express';
import { Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { requireActor } from '../users/users.permissions';
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
    const { authorization = '' } = request.headers;
    const { userId } = this.#verified.find(authorization) ?? (await this.#verify(request, authorization));
    return requireActor(this.consensus.state, userId).id;
  }

  async #verify(request: Request, authorization: string): Promise<VerifiedToken> {
    const token = (await runStrategy(this.strategy, request, asRejection)) as VerifiedToken;
    this.#verified.keep(authorization, token);
    return token;
  }
}

const asRejection = (reason: unknown): Rejected =>
  new Rejected(reason instanceof TokenExpiredError ? 'token-expired' : 'unauthenticated');
