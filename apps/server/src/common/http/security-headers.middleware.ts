import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

const policy = {
  contentSecurityPolicy: {
    directives: { 'script-src': ["'self'", "'unsafe-inline'"], 'upgrade-insecure-requests': null },
  },
};

/** What helmet sets is the same for every answer, so it is asked once and not thirteen functions for each request. */
export function securityHeaders(): RequestHandler {
  const recorded: (readonly [name: string, value: string])[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => recorded.push([name, value]),
    removeHeader: () => undefined,
  };
  helmet(policy)({} as IncomingMessage, recorder as unknown as ServerResponse, (error?: unknown) => {
    if (error) throw error as Error;
  });
  return (_request, response, next) => {
    for (const [name, value] of recorded) response.setHeader(name, value);
    next();
  };
}
