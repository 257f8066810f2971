import { createHash, randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Deadline } from '../deadline';
import { Rejected } from '../rejected';
import { sendProblem } from './problem-details.filter';
import type { ContextRequest, RequestContext } from './request-context';
import { hasNoPath } from './unreadable-requests';

const saneRequestId = /^[A-Za-z0-9._:/+=@-]{1,128}$/;
const saneTrace = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const saneIdempotencyKey = /^[\x21-\x7e]{1,255}$/;

const header = (request: Pick<Request, 'headers'>, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
};

/** The caller's own, when it may stand in a log, or a new one. */
export function requestIdOf(request: Pick<Request, 'headers'>): string {
  const given = header(request, 'x-request-id');
  return given !== null && saneRequestId.test(given) ? given : randomUUID();
}

/** Gives every request its context; runs first, so that even a refused body has a request id. */
export function contextMiddleware(requestTimeoutMs: number): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const requestId = requestIdOf(request);
    response.setHeader('X-Request-Id', requestId);
    const trace = header(request, 'traceparent');
    // Logging in twice is two logins: the keys are not for /auth.
    const idempotencyKey = request.path.startsWith('/v1/auth/') ? null : header(request, 'idempotency-key');
    const context: RequestContext = {
      requestId,
      trace: trace !== null && saneTrace.test(trace) ? trace : null,
      deadline: Deadline.after(requestTimeoutMs),
      idempotencyKey,
      ifMatch: header(request, 'if-match'),
      fingerprint: '',
      address: request.ip ?? request.socket.remoteAddress ?? '',
      actorId: null,
      commandId: randomUUID(),
      apiKeyProjectId: null,
    };
    (request as ContextRequest).context = context;
    if (idempotencyKey !== null && !saneIdempotencyKey.test(idempotencyKey)) {
      const message = 'must be 1 to 255 visible ASCII characters';
      return sendProblem(
        request,
        response,
        new Rejected('validation-failed', { errors: [{ header: 'Idempotency-Key', message }] }),
      );
    }
    if (hasNoPath(request)) {
      response.setHeader('Connection', 'close');
      const detail = 'The target of the request has no path.';
      return sendProblem(request, response, new Rejected('malformed-request', { detail }));
    }
    // RFC 9112, 3.2. Node would refuse it without a word.
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      response.setHeader('Connection', 'close');
      const detail = 'An HTTP/1.1 request needs a Host header.';
      return sendProblem(request, response, new Rejected('malformed-request', { detail }));
    }
    next();
  };
}

/** What makes two requests the same request: method, path with query, and the bytes of the body. */
export function fingerprintOf(request: Request, body: Uint8Array): string {
  return createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(body).digest('base64url');
}

/** The same actor, route and key name the same command, on every node and after every restart. */
export function commandIdOf(actorId: string, route: string, idempotencyKey: string): string {
  return createHash('sha256')
    .update(JSON.stringify([actorId, route, idempotencyKey]))
    .digest('base64url');
}
