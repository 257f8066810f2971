import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Rejected } from '../rejected';
import { sendProblem } from './problem-details.filter';

/** Asked by probes and by Prometheus inside the cluster, past the proxy; they tell no secret. */
const plainPaths: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/**
 * Refuses what a client sent over plain HTTP. It is not redirected: the credential has been on the wire by then, and a
 * client that follows redirects would go on sending it, unnoticed, with every request.
 */
export function requireHttps(): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.secure || plainPaths.has(request.path)) return next();
    response.setHeader('Connection', 'close');
    sendProblem(request, response, new Rejected('https-required'));
  };
}
