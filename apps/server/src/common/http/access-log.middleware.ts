import type { Request, RequestHandler, Response } from 'express';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { PinoLogger } from 'nestjs-pino';
import type { TraceIds } from '../tracing';
import { tracing } from '../tracing';
import { callersTrace } from './callers-trace';
import { redactedPath } from './redacted-path';
import type { ContextRequest } from './request-context';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Asked every few seconds by those who watch the node. */
const unlogged: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/**
 * One line for each request, when it is over. Runs behind the context, so that what a later middleware refuses is
 * logged too. A logger of its own for each request, as pino-http has it, took a tenth of a request's time, and the
 * async storage in which nestjs-pino keeps it made every promise dearer.
 */
export function accessLog({ logger }: PinoLogger): RequestHandler {
  return (request: Request, response: Response, next) => {
    if (!unlogged.has(request.path)) {
      const startedAt = performance.now();
      response.once('close', () => write(logger, request as ContextRequest, response, startedAt));
    }
    next();
  };
}

/** What every line of the access log says. `startedAt` is by `performance.now()`. */
export function accessLine(of: {
  readonly requestId: string;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly statusCode: number;
  readonly startedAt: number;
  readonly headers: IncomingHttpHeaders;
  /** Of the span that the node made for it, if it made one. */
  readonly trace?: TraceIds | undefined;
  readonly actorId?: string | null;
  readonly projectId?: string | null;
}) {
  return {
    reqId: of.requestId,
    req: { method: of.method, path: redactedPath(of.url) },
    res: { status: of.statusCode },
    responseTime: Math.round(performance.now() - of.startedAt),
    ...(of.trace ?? callersTrace(of.headers)),
    ...(of.actorId && { actorId: of.actorId }),
    ...(of.projectId && { projectId: of.projectId }),
  };
}

function write(
  logger: PinoLogger['logger'],
  { method, originalUrl: url, headers, params, context: { requestId, actorId, apiKeyProjectId } }: ContextRequest,
  response: Response,
  startedAt: number,
): void {
  const { statusCode } = response;
  const trace = tracing()?.of(response);
  const projectId = apiKeyProjectId ?? idIn(params?.['projectId']);
  const line = accessLine({ requestId, method, url, statusCode, startedAt, headers, trace, actorId, projectId });
  writeAccessLine(logger, line, response);
}

/** Only what can be an id: a credential in its place is not repeated. */
const idIn = (value: unknown): string | null =>
  typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : null;

export function writeAccessLine(
  logger: PinoLogger['logger'],
  line: ReturnType<typeof accessLine>,
  { statusCode, writableFinished }: Pick<ServerResponse, 'statusCode' | 'writableFinished'>,
): void {
  if (statusCode >= 500) logger.error(line, 'request failed');
  else logger.info(line, writableFinished ? 'request completed' : 'request aborted');
}
