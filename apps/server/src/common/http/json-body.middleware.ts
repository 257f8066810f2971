import express from 'express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { parseJson } from '../json/parse-json';
import { Rejected } from '../rejected';
import { fingerprintOf } from './context.middleware';
import { sendProblem } from './problem-details.filter';
import type { ContextRequest } from './request-context';
import { askForBody } from './unreadable-requests';

export interface BodyLimits {
  readonly maxRequestBytes: number;
  /** Levels of a member of the body. */
  readonly maxDepth: number;
}

const withBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** How long what is refused may go on coming. */
const lingerMs = 1_000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Whoever is not known yet may send this much and nothing that grows when it is unpacked. */
const credentialLimits = { maxRequestBytes: 16 * 1024, inflate: false };
const publicPaths: ReadonlySet<string> = new Set(['/v1/auth/login', '/v1/auth/refresh', '/v1/auth/logout']);

/** Their bodies are streams that the handler reads, and no JSON. */
const streamPaths: ReadonlySet<string> = new Set(['/v1/cluster/restore']);

/** Rejects when nothing of the request's body may be read. */
export type Admission = (request: ContextRequest) => Promise<void>;

/**
 * Reads the body as bytes, decodes it as strict UTF-8 and parses it with `parseJson`, which refuses what JavaScript
 * would change silently. Express' own JSON parser would not. But for credentials, which are small, a body is read only
 * of requests that are admitted; what becomes of the others is for their route to say.
 */
export function jsonBodyMiddleware(limits: BodyLimits, admit: Admission = () => Promise.resolve()): RequestHandler[] {
  const readAny = bodyReader({ ...limits, inflate: true });
  const readCredentials = bodyReader({ ...limits, ...credentialLimits });
  return [
    (request, response, next) => {
      if (!withBody.has(request.method) || !hasBody(request))
        return acceptBody(request, new Uint8Array(), undefined, next);
      const path = request.path.toLowerCase().replace(/\/$/, '');
      const read = streamPaths.has(path) ? leaveToHandler : path.startsWith('/v1/auth/') ? readCredentials : readAny;
      if (publicPaths.has(path)) return read(request, response, next);
      admit(request as ContextRequest).then(
        () => read(request, response, next),
        (error: unknown) => (error instanceof Rejected ? leaveUnread(request, response, error, next) : next(error)),
      );
    },
  ];
}

function bodyReader(limits: BodyLimits & { readonly inflate: boolean }): RequestHandler {
  const { inflate } = limits;
  const read = express.raw({ type: () => true, limit: limits.maxRequestBytes, inflate });
  return (request, response, next) => {
    if (lengthOf(request) > limits.maxRequestBytes) return refuseUnread(request, response, tooLarge(limits));
    if (!isJson(request.headers['content-type'])) {
      return sendProblem(
        request,
        response,
        new Rejected('unsupported-media-type', {
          detail: `The body is ${toldType(request.headers['content-type'])}; send application/json in UTF-8.`,
        }),
      );
    }
    if (!inflate && !isPlain(request)) return refuseUnread(request, response, bodyRejection(encoded, limits));
    askForBody(request, response);
    const inTime = giveUpInTime(request, response);
    if (lengthOf(request) === 0) refuseOnceTooLarge(request, response, limits);
    read(request, response, (error?: unknown) => {
      if (!inTime() || response.headersSent) return;
      if (error) return sendProblem(request, response, bodyRejection(error, limits));
      parse(request, response, next, limits);
    });
  };
}

function leaveUnread(request: Request, response: Response, rejection: Rejected, next: NextFunction): void {
  (request as ContextRequest).context.bodyRefusal = rejection;
  leaveToHandler(request, response, next);
}

/** What the handler has not read when it has answered is nobody's. */
function leaveToHandler(request: Request, response: Response, next: NextFunction): void {
  response.once('finish', () => hangUpSoon(request));
  acceptBody(request, new Uint8Array(), undefined, next);
}

/**
 * Answers 408 when the request's time is over before its body is here, and hangs up: what may still come is nobody's.
 * The result is called when the body has ended, and tells whether that was in time.
 */
function giveUpInTime(request: Request, response: Response): () => boolean {
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      response.setHeader('Connection', 'close');
      sendProblem(request, response, new Rejected('request-timeout'));
    },
    (request as ContextRequest).context.deadline.remainingMs,
  );
  return () => {
    clearTimeout(timer);
    return !isLate;
  };
}

/** A body of unknown length is refused as soon as it has become too long, not when it has ended. */
function refuseOnceTooLarge(request: Request, response: Response, limits: BodyLimits): void {
  let length = 0;
  const count = (chunk: Uint8Array): void => {
    length += chunk.byteLength;
    if (length <= limits.maxRequestBytes) return;
    request.off('data', count);
    if (!response.headersSent) refuseUnread(request, response, tooLarge(limits));
  };
  request.on('data', count);
}

/**
 * Answers before the body has come. Then Node reads what is still coming and drops it, for a moment: to hang up at once
 * would take the answer away from a client that is still sending.
 */
function refuseUnread(request: Request, response: Response, rejection: Rejected): void {
  sendProblem(request, response, rejection);
  hangUpSoon(request);
}

function hangUpSoon(request: Request): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, lingerMs).unref();
}

const tooLarge = ({ maxRequestBytes }: BodyLimits): Rejected =>
  new Rejected('payload-too-large', { detail: `The body is larger than ${maxRequestBytes} bytes.` });

function parse(request: Request, response: Response, next: NextFunction, limits: BodyLimits): void {
  const bytes = Buffer.isBuffer(request.body) ? (request.body as Uint8Array) : new Uint8Array();
  let body: unknown;
  try {
    // The limit is that of a content, which lies one level deep in its body.
    body = parseJson(decode(bytes), { maxDepth: limits.maxDepth + 1 });
  } catch (error) {
    return error instanceof Rejected ? sendProblem(request, response, error) : next(error);
  }
  acceptBody(request, bytes, body, next);
}

function acceptBody(request: Request, bytes: Uint8Array, body: unknown, next: NextFunction): void {
  request.body = body;
  const { context } = request as ContextRequest;
  context.fingerprint = context.idempotencyKey === null ? context.commandId : fingerprintOf(request, bytes);
  next();
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Rejected('malformed-json', { detail: 'The body is not UTF-8.' });
  }
}

const lengthOf = (request: Request): number => Number(request.headers['content-length'] ?? 0);

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || lengthOf(request) > 0;

const isPlain = ({ headers }: Request): boolean =>
  (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';

/** As Express' reader would say it, once it had begun to read. */
const encoded = { type: 'encoding.unsupported', accepted: 'none' };

const isJson = (type: string | undefined): boolean =>
  type !== undefined &&
  /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type.trim());

/** A header that is no media type may be anything that a client confused with it, a credential too. */
function toldType(type: string | undefined): string {
  if (type === undefined) return 'of no declared type';
  const isType = /^[a-z]+\/[a-z0-9.+-]{1,80}\s*(?:;\s*charset\s*=\s*"?[\w-]{1,20}"?\s*)?$/i.test(type);
  return isType ? JSON.stringify(type) : 'not of a media type that is known here';
}

function bodyRejection(error: unknown, limits: BodyLimits): Rejected {
  switch ((error as { type?: string }).type) {
    case 'entity.too.large':
      return tooLarge(limits);
    case 'encoding.unsupported':
      return new Rejected('unsupported-media-type', {
        detail: `The Content-Encoding is not supported; send ${(error as { accepted?: string }).accepted ?? 'gzip, deflate, br or none'}.`,
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return new Rejected('request-timeout');
    default:
      return new Rejected('malformed-json', { detail: 'The body could not be decoded.' });
  }
}
