import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const name = 'config-guardian-caller';

export const isCallerHeader = (header: string): boolean => header.toLowerCase() === name;

/**
 * In front of all others, because Node drops headers beyond a number: whoever sends many must not get rid of it. The
 * same header from a caller is not passed on.
 */
export const callerHeader = (address: string): readonly string[] => [name, address];

/**
 * For a server that read workers ask: the caller is who the worker says it is, for limits, logs and the audit
 * trail, and TRUST_PROXY goes on meaning the proxy in front of the node. A connection carries one request at a time.
 */
export function takeCallers(server: Server, isTls: boolean): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isOfWorker(request)) takeCaller(request, isTls);
    // The client's own, handed back with one request: what comes after it goes to the port anew.
    else response.shouldKeepAlive = false;
  });
}

/** The socket of the node has no address, whatever is said of its other end. */
const isOfWorker = ({ socket }: IncomingMessage): boolean => socket.localAddress === undefined;

function takeCaller({ headers, rawHeaders, socket }: IncomingMessage, isTls: boolean): void {
  const address = headers[name];
  if (address === undefined) return;
  Reflect.deleteProperty(headers, name);
  const place = rawHeaders.findIndex((header, at) => at % 2 === 0 && isCallerHeader(header));
  rawHeaders.splice(place, 2);
  Object.defineProperty(socket, 'remoteAddress', { value: String(address), configurable: true });
  // What Express takes for HTTPS: the worker has it from the caller, and passes it on in the clear.
  if (isTls) Object.defineProperty(socket, 'encrypted', { value: true, configurable: true });
}
