import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isCallerHeader } from './caller-address';

/** With a connection, over the channel that can carry one: the request that was read from it, to be read once more. */
export interface Returned {
  readonly head: string;
}

const stream = /^\/v1\/watch(?:[/?]|$)/;

/**
 * Whether the node had better have the whole connection: a stream would pass through both processes for as long as it
 * lasts, and cost both. Only as long as nothing else was asked over it that would be lost on the way.
 */
export const isReturnable = (request: IncomingMessage, response: ServerResponse): boolean =>
  request.method === 'GET' &&
  stream.test(request.url ?? '') &&
  request.httpVersion === '1.1' &&
  request.headers['content-length'] === undefined &&
  request.headers['transfer-encoding'] === undefined &&
  response.socket !== null;

/** Calls back when it is no longer this process's, or when it has to be answered here after all. */
export function giveBack(
  request: IncomingMessage,
  response: ServerResponse,
  answerHere: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  // By then the parser is through with what it was given.
  setImmediate(() => {
    const { socket } = request;
    if (socket.destroyed) return;
    if (!request.complete || !process.send) return answerHere(request, response);
    const returned: Returned = { head: headOf(request) };
    // Otherwise Node would keep books in both processes of which connections came from this server.
    Object.assign(socket, { server: null });
    process.send(returned, socket, {}, () => {
      // Nothing but books is left of both.
      socket.destroy();
      response.destroyed = true;
      response.emit('close');
    });
  });
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (!isCallerHeader(rawHeaders[at] ?? '')) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return [...lines, '', ''].join('\r\n');
}

/** As if it had come to this server at once. */
export function takeBack(server: Server, connection: Socket, { head }: Returned): void {
  connection.unshift(Buffer.from(head, 'latin1'));
  server.emit('connection', connection);
}
