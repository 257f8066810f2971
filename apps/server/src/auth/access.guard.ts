import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { ContextRequest } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { pointerOf } from '../common/json/json-pointer';
import { reject } from '../common/rejected';
import { commandIdOf } from '../common/http/context.middleware';
import { readConsistencyOf, readParameters, refuseOtherParameters } from '../common/http/read-query';
import { ConsensusService } from '../consensus/consensus.service';
import { JwtAuthentication } from './jwt-authentication';
import { RoutesRules } from './route-rules';
import { UserLimitGuard } from './user-limit.guard';

/**
 * The one gate of the admin API. A token that nobody signed waits for nothing. Then the read barrier; whether the user
 * exists, authorisation and the handler are judged by the state as it is afterwards, so a role revoked a moment ago is
 * revoked and a new one works.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #isLimited: boolean;
  readonly #routes: RoutesRules;

  constructor(
    reflector: Reflector,
    private readonly consensus: ConsensusService,
    private readonly authentication: JwtAuthentication,
    private readonly userLimit: UserLimitGuard,
    @Inject(ENVIRONMENT) { rateLimitAdmin }: Pick<Environment, 'rateLimitAdmin'>,
  ) {
    this.#isLimited = rateLimitAdmin !== null;
    this.#routes = new RoutesRules(reflector);
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { isPublic, permission, isChange, takesQuery, takesBody } = this.#routes.of(execution);
    if (isPublic) return true;
    if (!permission)
      throw new Error(`${execution.getClass().name}.${execution.getHandler().name} declares no permission`);
    const request = execution.switchToHttp().getRequest<ContextRequest>();
    const { context } = request;
    // How fresh a read may be is of no concern to a change: it is judged where the log puts it.
    if (!takesQuery) refuseOtherParameters(request, isChange ? noParameters : readParameters);
    const consistency = isChange ? linearizable : readConsistencyOf(request);
    const token = await this.authentication.verify(request);
    await this.consensus.barrier(consistency, context.deadline);
    // Begun on another node a moment ago, perhaps.
    if (consistency.level === 'local' && !this.authentication.isLoginKnown(token))
      await this.consensus.barrier(linearizable, context.deadline);
    context.stateIndex = () => this.consensus.appliedIndex;
    if (consistency.level === 'local') context.stateAgeMs = () => this.consensus.stateAgeMs;
    const actorId = this.authentication.requireUser(token);
    if (context.bodyRefusal) throw context.bodyRefusal;
    if (!takesBody) refuseMembers(request.body);
    [context.actorId, context.sessionId] = [actorId, token.familyId];
    if (this.#isLimited) await this.userLimit.canActivate(execution);
    if (context.idempotencyKey !== null) {
      context.commandId = commandIdOf(actorId, context.idempotencyKey);
      // The first outcome is this actor's own, even if the change itself has taken the right to repeat it.
      if (this.consensus.keptOutcome(context)) return true;
    }
    this.consensus.checkPermission(permission, actorId, { projectId: request.query['projectId'], ...request.params });
    return true;
  }
}

const noParameters: ReadonlySet<string> = new Set();

/** What nobody reads is a mistake of the caller, who may think that it was heard. Some clients send `{}` with everything. */
function refuseMembers(body: unknown): void {
  if (body === undefined) return;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    reject('validation-failed', { errors: [{ pointer: '', message: 'is not expected here' }] });
  const errors = Object.keys(body).map((name) => ({ pointer: pointerOf([name]), message: 'is not known here' }));
  if (errors.length > 0) reject('validation-failed', { errors });
}
