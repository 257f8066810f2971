import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Rejected } from '../rejected';
import type { ServingGate } from '../serving-gate';
import { sendProblem } from './problem-details.filter';

/** The API answers from the state; probes, metrics and documents do without. */
const needsState = (path: string): boolean => path.startsWith('/v1/');

/** Holds requests off a node that has no state yet, or whose state must not be served any more. */
export function servingGate(gate: Pick<ServingGate, 'reason'>): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const { reason } = gate;
    if (reason === null || !needsState(request.path)) return next();
    sendProblem(request, response, new Rejected('not-ready', { detail: reason, retryAfterSeconds: 1 }));
  };
}
