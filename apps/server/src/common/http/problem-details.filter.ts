import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ServerResponse } from 'node:http';
import { PinoLogger } from 'nestjs-pino';
import { boundedErrors, shortened } from '../input-errors';
import type { ProblemCode } from '../problems';
import { problems } from '../problems';
import { describeErrors, Rejected } from '../rejected';
import type { RejectionDetail } from '../rejected';
import { allowedMethods } from './allowed-methods';
import { configAge } from './config-age';
import { redactedPath } from './redacted-path';
import type { ContextRequest } from './request-context';
import { uriReference } from './uri-reference';

/** RFC 9457, with the members of this API: `code`, `requestId` and what the rejection tells beside it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: RejectionDetail['errors'];
  readonly currentVersion?: number;
  readonly breaks?: RejectionDetail['breaks'];
}

const longestText = 1000;

export function problemDocument(
  rejection: Rejected,
  request: { readonly path: string; readonly requestId: string },
): ProblemDocument {
  const code: ProblemCode = rejection.code === 'schema-changed' ? 'overloaded' : rejection.code;
  const { title, explanation, status } = problems[code];
  const { detail, currentVersion, breaks, failedPrecondition } = rejection.detail;
  const errors = rejection.detail.errors && boundedErrors(rejection.detail.errors);
  return {
    type: `/problems/${code}`,
    title,
    status: failedPrecondition === 'if-match' ? 412 : status,
    detail: shortened(detail ?? describeErrors(errors) ?? explanation, longestText),
    instance: uriReference(request.path, longestText),
    code,
    requestId: request.requestId,
    ...(errors && { errors }),
    ...(currentVersion !== undefined && { currentVersion }),
    ...(breaks && { breaks }),
  };
}

/** The one place where outcomes become HTTP. Whatever is not an expected rejection is `internal-error`. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  /** `isDatabaseAway` knows the errors of a database that may come back by itself. */
  constructor(
    private readonly log: PinoLogger,
    private readonly isDatabaseAway: (error: unknown) => boolean = () => false,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<ContextRequest>();
    const response = host.switchToHttp().getResponse<Response>();
    const rejection = error instanceof Rejected ? error : this.#translate(error, request);
    if (rejection.code === 'internal-error')
      this.log.error({ err: error, reqId: request.context.requestId }, 'unexpected exception');
    sendProblem(request, response, rejection);
  }

  #translate(error: unknown, request: ContextRequest): Rejected {
    if (!this.isDatabaseAway(error)) return translate(error, request);
    return request.context.deadline.hasProposed
      ? new Rejected('outcome-unknown', { retryAfterSeconds: 1 })
      : new Rejected('not-ready', { detail: 'The database of this node is away.', retryAfterSeconds: 1 });
  }
}

const toldProblems = new WeakMap<ServerResponse, string>();

/** The code of the problem that this response tells; undefined when it tells none. */
export const problemCodeOf = (response: ServerResponse): string | undefined => toldProblems.get(response);

export function sendProblem(request: Request, response: Response, rejection: Rejected): void {
  // A node that stops has answered for the handler.
  if (response.writableEnded) return;
  if (response.headersSent) return void response.destroy();
  // The query is left out: it may hold what a log should not.
  const requestId = (request as Partial<ContextRequest>).context?.requestId ?? '';
  const problem = problemDocument(rejection, { path: redactedPath(request.path) || '/', requestId });
  toldProblems.set(response, problem.code);
  const { retryAfterSeconds, allow, etag } = rejection.detail;
  if (retryAfterSeconds !== undefined || problem.status === 503 || problem.status === 429) {
    response.setHeader('Retry-After', String(Math.max(1, Math.ceil(retryAfterSeconds ?? 1))));
  }
  const { stateIndex, stateAgeMs } = (request as Partial<ContextRequest>).context ?? {};
  if (stateIndex && !response.hasHeader('X-Config-Index')) response.setHeader('X-Config-Index', String(stateIndex()));
  if (stateAgeMs && !response.hasHeader('X-Config-Age')) response.setHeader('X-Config-Age', configAge(stateAgeMs()));
  if (etag !== undefined) response.setHeader('ETag', etag);
  if (allow) response.setHeader('Allow', allow.join(', '));
  if (problem.status === 401)
    response.setHeader('WWW-Authenticate', problem.code === 'invalid-api-key' ? 'ApiKey' : 'Bearer');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

function translate(error: unknown, request: Request): Rejected {
  if (error instanceof HttpException && error.getStatus() === 404) {
    const allow = allowedMethods(request);
    if (allow.length > 0)
      return new Rejected('method-not-allowed', { detail: `${request.method} is not allowed here.`, allow });
    return new Rejected('route-not-found', {
      detail: `No route answers ${request.method} ${redactedPath(request.path)}.`,
    });
  }
  // Nest makes a 400 of the URIError, before any handler is found.
  if (error instanceof HttpException && error.getStatus() === 400)
    return new Rejected('validation-failed', {
      detail: 'The path holds a wrong percent-encoding.',
      errors: [{ parameter: 'path', message: 'must be percent-encoded UTF-8' }],
    });
  return new Rejected('internal-error');
}
