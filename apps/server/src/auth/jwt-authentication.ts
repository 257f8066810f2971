import { Injectable } from '@nestjs/common';
import { TokenExpiredError } from '@nestjs/jwt';
import type { Request } from 'express';
import { Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { requireActor } from '../users/users.permissions';
import { JwtStrategy } from './jwt.strategy';
import { runStrategy } from './run-strategy';

/** Who sends a request of the admin API. */
@Injectable()
export class JwtAuthentication {
  constructor(
    private readonly strategy: JwtStrategy,
    private readonly consensus: ConsensusService,
  ) {}

  /** The id of the user behind the access token, who exists at this moment. Rejects `unauthenticated` or `token-expired`. */
  async authenticate(request: Request): Promise<string> {
    const userId = await runStrategy(this.strategy, request, asRejection);
    return requireActor(this.consensus.state, String(userId)).id;
  }
}

const asRejection = (reason: unknown): Rejected =>
  new Rejected(reason instanceof TokenExpiredError ? 'token-expired' : 'unauthenticated');
