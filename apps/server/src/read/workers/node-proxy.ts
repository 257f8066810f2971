import { randomUUID } from 'node:crypto';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as ask } from 'node:http';
import { problemDocument } from '../../common/http/problem-details.filter';
import { plainHeaders } from '../../common/http/security-headers.middleware';
import { hangUpOnSlowReader } from '../../common/http/slow-readers.middleware';
import { Rejected } from '../../common/rejected';
import { callerHeader, isCallerHeader } from './caller-address';

/** Of one connection and not of the message (RFC 9110, 7.6.1). What frames a request stays as it came. */
const ofConnection = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'];
/** A caller who names one of these in Connection would change where the message ends, or whom it is for. */
const neverDropped: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);
const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Passes requests on to the node and its answers back, both as they come: nothing is held but what is on its way, and
 * whoever leaves on one side is missed on the other.
 */
export class NodeProxy {
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 1_024 });

  constructor(
    private readonly nodePath: string,
    private readonly unreadAnswerMs: number,
  ) {}

  readonly pass = (request: IncomingMessage, response: ServerResponse): void => {
    if (response.destroyed) return;
    const asked = ask({
      agent: this.#agent,
      socketPath: this.nodePath,
      method: request.method,
      path: request.url,
      headers: headersToNode(request),
    });
    hangUpOnSlowReader(response, this.unreadAnswerMs);
    // A caller that waits to be asked for its body is asked by the node.
    asked.on('continue', () => response.writeContinue());
    asked.once('response', (answer) => giveBack(answer, response));
    asked.on('error', (error: NodeJS.ErrnoException) => failed(error, asked, request, response));
    response.once('close', () => {
      if (!response.writableFinished) asked.destroy();
    });
    if (hasBody(request)) request.pipe(asked);
    else asked.end();
  };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;

/** In their order and as they were written. */
function endToEnd({ headers, rawHeaders }: IncomingMessage, alsoDropped: readonly string[] = []): string[] {
  const named = (headers.connection ?? '').split(',').map((token) => token.trim().toLowerCase());
  const dropped = new Set([...ofConnection, ...alsoDropped, ...named.filter((token) => !neverDropped.has(token))]);
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [header = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!dropped.has(header.toLowerCase())) kept.push(header, value);
  }
  return kept;
}

function headersToNode(request: IncomingMessage): string[] {
  const { headers, method = '', socket } = request;
  const kept = endToEnd(request);
  const passed = [...callerHeader(socket.remoteAddress ?? '')];
  for (let at = 0; at + 1 < kept.length; at += 2) {
    const [header = '', value = ''] = kept.slice(at, at + 2);
    if (!isCallerHeader(header)) passed.push(header, value);
  }
  // It is asked in HTTP/1.1, where a caller of HTTP/1.0 would be refused for what it need not send.
  if (headers.host === undefined && request.httpVersion === '1.0') passed.push('Host', '');
  // Node would announce a body in chunks.
  if (withBody.has(method) && !hasBody(request)) passed.push('Content-Length', '0');
  return passed;
}

function giveBack(answer: IncomingMessage, response: ServerResponse): void {
  // The body is framed anew.
  const headers = endToEnd(answer, ['transfer-encoding']);
  // What the node does not want to hear on, nobody does.
  if (/\bclose\b/i.test(answer.headers.connection ?? '')) headers.push('Connection', 'close');
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  // A stream may have nothing to say for a long time.
  if (answer.headers['content-length'] === undefined) response.flushHeaders();
  answer.once('error', () => response.destroy());
  answer.pipe(response);
}

/** There was nobody to connect to. */
const unheard: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT']);
const changesNothing: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Of a change that the node may have heard nobody here knows whether it was done, and 503 would say that it was not. */
function rejectionOf({ code }: NodeJS.ErrnoException, { method }: IncomingMessage): Rejected {
  return unheard.has(code) || changesNothing.has(method)
    ? new Rejected('not-ready', { detail: 'The node does not answer.', retryAfterSeconds: 1 })
    : new Rejected('outcome-unknown', { detail: 'The node ended while it answered.', retryAfterSeconds: 1 });
}

function failed(
  error: NodeJS.ErrnoException,
  asked: ClientRequest,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  asked.destroy();
  // The node has answered before the request was complete, and hears no more of it.
  if (response.headersSent) return void (request.complete || request.socket.destroy());
  if (response.destroyed) return;
  const rejection = rejectionOf(error, request);
  const requestId = randomUUID();
  const document = problemDocument(rejection, { path: `urn:uuid:${requestId}`, requestId });
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(document.status, [
    ...plainHeaders.flat(),
    ...['Content-Type', 'application/problem+json; charset=utf-8', 'Content-Length', String(body.length)],
    ...['X-Request-Id', requestId, 'Retry-After', '1', 'Connection', 'close'],
  ]);
  response.end(request.method === 'HEAD' ? undefined : body);
}
