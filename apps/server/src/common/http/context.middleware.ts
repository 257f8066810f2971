import { createHash, randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Deadline } from '../deadline';
import { Rejected } from '../rejected';
import { sendProblem } from './problem-details.filter';
import type { ContextRequest, RequestContext } from './request-context';
import { namesOneHost } from './host-header';
import { header, requestIdOf } from './request-id';
import { hasNoPath } from './unreadable-requests';

const saneTrace = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const saneIdempotencyKey = /^[\x21-\x7e]{1,255}$/;

/** Gives every request its context; runs first, so that even a refused body has a request id. */
export function contextMiddleware(requestTimeoutMs: number): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const requestId = requestIdOf(request);
    response.setHeader('X-Request-Id', requestId);
    const trace = header(request, 'traceparent');
    const idempotencyKey = isRepeatable(request) ? header(request, 'idempotency-key') : null;
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
    if (!namesOneHost(request)) {
      response.setHeader('Connection', 'close');
      const detail = 'An HTTP/1.1 request needs one Host header: host or host:port.';
      return sendProblem(request, response, new Rejected('malformed-request', { detail }));
    }
    next();
  };
}

/** A request that changes nothing may be repeated anyway, and logging in twice is two logins. */
const isRepeatable = ({ method, path }: Request): boolean =>
  method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && !path.startsWith('/v1/auth/');

/** What makes two requests the same request: method, path with query, and the bytes of the body. */
export function fingerprintOf(request: Request, body: Uint8Array): string {
  return createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(body).digest('base64url');
}

/** The same actor and key name the same command, on every node and after every restart; the fingerprint tells whether it is. */
export function commandIdOf(actorId: string, idempotencyKey: string): string {
  return createHash('sha256')
    .update(JSON.stringify([actorId, idempotencyKey]))
    .digest('base64url');
}
