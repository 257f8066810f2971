import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { PinoLogger } from 'nestjs-pino';
import { Rejected } from '../rejected';
import { problemDocument } from './problem-details.filter';
import { requestIdOf } from './request-id';
import { plainHeaders } from './security-headers.middleware';

/** What Node counts on a connection: the answer under way, if any. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

type Log = Pick<PinoLogger, 'info'>;

/** What Node cannot read as a request it answers by itself and without a body; here it gets a problem document too. */
export function answerUnreadableRequests(server: Server, log: Log): void {
  answerWhatIsNotHttp(server, log);
  refuseTargetsWithoutPath(server);
  closeBehindEndlessBodies(server);
  // The body is asked for by whoever reads it: see `askForBody`. Other expectations may be left unheard (RFC 9110, 10.1.1).
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Until the body is asked for, nobody knows whether what follows is the body or the next request.
    response.setHeader('Connection', 'close');
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** The part of it for a server that passes on whatever is HTTP. */
export function answerWhatIsNotHttp(server: Server, log: Log): void {
  // A Host that is missing is refused behind the middleware that gives a request its id.
  (server as Server & { requireHostHeader: boolean }).requireHostHeader = false;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: HttpSocket) => {
    // The client has gone, or reads an answer into the middle of which this one would be written.
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent)
      return void socket.destroy();
    const rejection = rejectionOf(error);
    const requestId = String(socket._httpMessage?.getHeader('X-Request-Id') ?? randomUUID());
    log.info({ reqId: requestId, code: error.code }, `request refused: ${rejection.code}`);
    socket.end(problemMessage(rejection, requestId), () => socket.destroy());
  });
  // It asks for a tunnel: Node has no answer for it.
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const rejection = new Rejected('method-not-allowed', { detail: 'CONNECT: this is no proxy.' });
    socket.end(problemMessage(rejection, requestIdOf(request)), () => socket.destroy());
  });
}

/** Where nobody can tell the end of a body, or others may see another one (RFC 9112, 6.1), no second request follows: whoever answers first, the connection ends. */
export function closeBehindEndlessBodies(server: Server): void {
  server.prependListener('request', ({ headers, httpVersion }: IncomingMessage, response: ServerResponse) => {
    const coding = headers['transfer-encoding'];
    if (coding === undefined) return;
    if (httpVersion === '1.0' || !/(^|,)\s*chunked\s*$/i.test(coding)) response.setHeader('Connection', 'close');
  });
}

function refuseTargetsWithoutPath(server: Server): void {
  // Express would answer with a page of its own before any middleware runs.
  server.prependListener('request', (request: IncomingMessage) => {
    const { url = '' } = request;
    if (url.startsWith('/') || url === '*' || /^https?:\/\/|^[a-z][a-z0-9+.-]*:\/\/[^/?#]*\//i.test(url)) return;
    withoutPath.add(request);
    request.url = '/';
  });
}

const withoutPath = new WeakSet<IncomingMessage>();

/** Whether the target of the request was one such as `foo://`, which leads nowhere. */
export const hasNoPath = (request: IncomingMessage): boolean => withoutPath.has(request);

/** Tells a client that waits for it to send its body. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (!/^100-continue$/i.test(request.headers.expect ?? '')) return;
  response.removeHeader('Connection');
  response.writeContinue();
}

function rejectionOf({ code, message }: NodeJS.ErrnoException): Rejected {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Rejected('headers-too-large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Rejected('payload-too-large', { detail: 'The chunks of the body carry too many extensions.' });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Rejected('request-timeout');
    default:
      return new Rejected('malformed-request', { detail: message.replace(/^Parse Error: /, 'It is not HTTP: ') });
  }
}

/** The whole answer, byte for byte, for whoever has no response to write it to. */
function problemMessage(rejection: Rejected, requestId: string): string {
  // There is no path that could be told.
  const problem = problemDocument(rejection, { path: `urn:uuid:${requestId}`, requestId });
  const body = JSON.stringify(problem);
  const headers = [
    ...plainHeaders,
    ['Content-Type', 'application/problem+json; charset=utf-8'],
    ['Content-Length', Buffer.byteLength(body)],
    ['X-Request-Id', requestId],
    ['Date', new Date().toUTCString()],
    ['Connection', 'close'],
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n');
}
