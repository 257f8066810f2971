import { Injectable } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerModuleOptions, ThrottlerStorage } from '@nestjs/throttler';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { ThrottlerLimitDetail } from '@nestjs/throttler/dist/throttler.guard.interface';
import type { Response } from 'express';
import type { Environment } from '../common/env';
import type { ContextRequest } from '../common/http/request-context';
import { rateLimited, tellAllowance } from '../limits/rate-limited';
import type { RequestLimit } from '../limits/request-limit';
import type { RequestLimits } from '../limits/request-limits';

const windowMs = 60_000;

/** One limit for each user, whatever they ask for. It runs within the access guard, which knows who asks. */
@Injectable()
export class UserLimitGuard extends ThrottlerGuard {
  protected override headerPrefix = 'RateLimit';

  protected override getTracker(request: ContextRequest): Promise<string> {
    return Promise.resolve(String(request.context.actorId));
  }

  protected override generateKey(_: ExecutionContext, userId: string): string {
    return userId;
  }

  protected override throwThrottlingException(
    execution: ExecutionContext,
    { limit, totalHits: used, timeToExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    const resetMs = 1_000 * timeToExpire;
    tellAllowance(execution.switchToHttp().getResponse<Response>(), { limit, used, resetMs });
    throw rateLimited(resetMs);
  }
}

/** Where the throttler counts: in the limit that all nodes share. */
class SharedStorage implements ThrottlerStorage {
  constructor(private readonly limit: RequestLimit) {}

  async increment(key: string) {
    const { isAllowed, used, resetMs } = await this.limit.take(key);
    const timeToExpire = Math.ceil(resetMs / 1_000);
    return { totalHits: used, timeToExpire, isBlocked: !isAllowed, timeToBlockExpire: timeToExpire };
  }
}

export function userThrottling(
  limits: RequestLimits,
  { rateLimitAdmin }: Pick<Environment, 'rateLimitAdmin'>,
): ThrottlerModuleOptions {
  // The guard is not asked without a limit, but the library wants one to look at.
  const limit = rateLimitAdmin ?? Infinity;
  return { throttlers: [{ limit, ttl: windowMs }], storage: new SharedStorage(limits.aMinute('user', limit)) };
}
