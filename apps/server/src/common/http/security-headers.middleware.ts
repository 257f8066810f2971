import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

type Header = readonly [name: string, value: string];

const policy = {
  contentSecurityPolicy: {
    directives: { 'script-src': ["'self'", "'unsafe-inline'"], 'upgrade-insecure-requests': null },
  },
};

/** What helmet sets is the same for every answer, so it is asked once and not thirteen functions for each request. */
function recordedHeaders(): readonly Header[] {
  const recorded: Header[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => recorded.push([name, value]),
    removeHeader: () => undefined,
  };
  helmet(policy)({} as IncomingMessage, recorder as unknown as ServerResponse, (error?: unknown) => {
    if (error) throw error as Error;
  });
  return recorded;
}

const isForHttps = ([name]: Header): boolean => name === 'Strict-Transport-Security';
const headers = recordedHeaders();
const httpsHeaders = headers.filter(isForHttps);

/** On every answer, whatever it came over. */
export const plainHeaders: readonly Header[] = headers.filter((header) => !isForHttps(header));

/** On every answer over HTTPS. */
export const headersOverTls: readonly Header[] = headers;

export function securityHeaders(): RequestHandler {
  return (request, response, next) => {
    for (const [name, value] of plainHeaders) response.setHeader(name, value);
    // RFC 6797, 7.2: never over HTTP. With TRUST_PROXY the proxy says what the client used.
    if (request.secure) for (const [name, value] of httpsHeaders) response.setHeader(name, value);
    next();
  };
}
