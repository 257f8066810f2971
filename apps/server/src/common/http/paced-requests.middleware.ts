import type { NextFunction, Request, Response } from 'express';

/**
 * Requests that may start in one turn of the event loop. Fewer cost more turns and throughput, more make a turn long;
 * measured with a mixed load at 64 connections, see docs/performance.md.
 */
const startsPerTurn = 12;

/**
 * Starts requests a few at a time, in their order. Each trip to the database or to the log waits for one turn of the
 * event loop; when a burst of requests is started in one turn, that turn is as long as all of them, and a request
 * that needs five trips waits five times as long as one that needs none.
 */
export function pacedRequests(limit = startsPerTurn) {
  const waiting: NextFunction[] = [];
  let startedInTurn = 0;
  let isTurnWatched = false;

  const nextTurn = (): void => {
    startedInTurn = Math.min(limit, waiting.length);
    isTurnWatched = startedInTurn > 0;
    if (isTurnWatched) setImmediate(nextTurn);
    for (const start of waiting.splice(0, startedInTurn)) start();
  };

  return (_request: Request, _response: Response, next: NextFunction): void => {
    if (!isTurnWatched) {
      isTurnWatched = true;
      setImmediate(nextTurn);
    }
    if (startedInTurn >= limit) return void waiting.push(next);
    startedInTurn++;
    next();
  };
}
