import type { Request, Response } from 'express';
import type { Server, ServerResponse } from 'node:http';
import { Rejected } from '../rejected';
import type { Place } from '../roster';
import { Roster } from '../roster';
import { sendProblem } from './problem-details.filter';
import { QueuedResponses } from './queued-responses';
import type { ContextRequest } from './request-context';

/** What a server is still to answer when it stops. */
export class OpenRequests {
  readonly #open = new Roster<Response>();
  readonly #queued = new QueuedResponses();
  #isStopping = false;
  #onEnded: (() => void) | undefined;

  constructor(server: Server) {
    // Before Express, so that a request is known however early it is held up.
    server.prependListener('request', (_request, response: Response) => this.add(response));
  }

  /** One that did not come as an event of its server. */
  add(response: ServerResponse): void {
    const open = response as Response;
    const place = this.#open.add(open);
    open.once('close', () => this.#close(place));
    if (open.socket === null) this.#queued.add(open);
    if (this.#isStopping) hangUpAfterwards(open);
  }

  get size(): number {
    return this.#open.size;
  }

  /** From now on each answer ends its connection, so that no next request comes over it. */
  hangUpAfterEach(): void {
    this.#isStopping = true;
    for (const response of this.#open.all()) hangUpAfterwards(response);
  }

  /** Resolves when none is left. */
  ended(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onEnded = resolve));
  }

  /** Says what became of them to those who have waited long enough. Answers that have begun are left to themselves. */
  answerTheRest(): void {
    for (const response of this.#open.all()) if (!response.headersSent) answer(response.req, response);
  }

  #close(place: Place<Response>): void {
    this.#open.remove(place);
    if (this.size === 0) this.#onEnded?.();
  }
}

function hangUpAfterwards(response: Response): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

function answer(request: Request, response: Response): void {
  const { context } = request as Partial<ContextRequest>;
  const rejection = context?.deadline.hasProposed
    ? new Rejected('outcome-unknown', { retryAfterSeconds: 1 })
    : new Rejected('not-ready', { detail: 'The node is stopping.', retryAfterSeconds: 1 });
  sendProblem(request, response, rejection);
}
