import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { ContextRequest, RequestContext } from './request-context';

/** The context of the request: who asks, until when, under which identity. */
export const Ctx = createParamDecorator(
  (_data: unknown, execution: ExecutionContext): RequestContext =>
    execution.switchToHttp().getRequest<ContextRequest>().context,
);
