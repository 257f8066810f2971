import type { Request, RequestHandler, Response } from 'express';
import type { ServerResponse } from 'node:http';
import type { PinoLogger } from 'nestjs-pino';
import type { TraceIds } from '../tracing';
import { tracing } from '../tracing';
import { redactedPath } from './redacted-path';
import type { ContextRequest } from './request-context';

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
  readonly trace?: TraceIds | undefined;
}) {
  return {
    reqId: of.requestId,
    req: { method: of.method, path: redactedPath(of.url) },
    res: { status: of.statusCode },
    responseTime: Math.round(performance.now() - of.startedAt),
    ...of.trace,
  };
}

function write(
  logger: PinoLogger['logger'],
  { method, originalUrl, context: { requestId, actorId } }: ContextRequest,
  response: Response,
  startedAt: number,
): void {
  const { statusCode } = response;
  const trace = tracing()?.of(response);
  const line = {
    ...accessLine({ requestId, method, url: originalUrl, statusCode, startedAt, trace }),
    ...(actorId !== null && { actorId }),
  };
  writeAccessLine(logger, line, response);
}

export function writeAccessLine(
  logger: PinoLogger['logger'],
  line: ReturnType<typeof accessLine>,
  { statusCode, writableFinished }: Pick<ServerResponse, 'statusCode' | 'writableFinished'>,
): void {
  if (statusCode >= 500) logger.error(line, 'request failed');
  else logger.info(line, writableFinished ? 'request completed' : 'request aborted');
}
