import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import { Deadline } from '../deadline';
import { reject } from '../rejected';
import { within } from '../within';
import type { ContextRequest } from './request-context';

/** A handler that keeps to the deadline itself says better what it waited for: it has the first word. */
const graceMs = 100;

/** Answers in time whatever the handler waits for: `timeout` while nothing was proposed, `outcome-unknown` afterwards. */
export class RequestTimeoutInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { deadline } = execution.switchToHttp().getRequest<ContextRequest>().context;
    const answer = lastValueFrom(next.handle(), { defaultValue: undefined });
    const end = Deadline.after(deadline.remainingMs + graceMs);
    return from(within(end, answer, () => reject(deadline.hasProposed ? 'outcome-unknown' : 'timeout')));
  }
}
