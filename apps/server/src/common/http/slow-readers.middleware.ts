import type { RequestHandler } from 'express';
import type { ServerResponse } from 'node:http';

/**
 * Hangs up on clients that do not take their answer: what waits for them is memory. The time begins anew whenever
 * some of it went out; a handler that is still at work may take as long as it needs.
 */
export function slowReaders(idleMs: number): RequestHandler {
  return (_request, response, next) => {
    hangUpOnSlowReader(response, idleMs);
    next();
  };
}

export function hangUpOnSlowReader(response: ServerResponse, idleMs: number): void {
  response.setTimeout(idleMs, () => {
    if (response.headersSent) response.destroy();
  });
}
