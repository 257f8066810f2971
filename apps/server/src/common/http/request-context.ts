import type { Request } from 'express';
import type { Deadline } from '../deadline';
import type { Rejected } from '../rejected';

export type ReadLevel = 'linearizable' | 'local';

export interface ReadConsistency {
  readonly level: ReadLevel;
  /** Only with `local`: the greatest age of the state, in milliseconds. */
  readonly maxStalenessMs: number | null;
  /** The answer must reflect at least this log index. */
  readonly minIndex: number | null;
}

export const linearizable: ReadConsistency = { level: 'linearizable', maxStalenessMs: null, minIndex: null };

/** What is known of a request besides its parameters. Built once by middleware; guards fill in the actor. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C traceparent as received, or null. */
  readonly trace: string | null;
  readonly deadline: Deadline;
  readonly idempotencyKey: string | null;
  /** If-Match as received, or null. */
  readonly ifMatch: string | null;
  /** The client's address, as far as TRUST_PROXY lets it be known. */
  readonly address: string;
  /** Hash of method, path and body; known once the body is read. */
  fingerprint: string;
  /** Why the body was not read, when it was not; who is behind the request was not known then. */
  bodyRefusal?: Rejected;
  /** The user behind the access token; null on public routes. */
  actorId: string | null;
  /** The login that the access token was issued for. */
  sessionId?: string | null;
  /** Identity of the command that this request proposes. */
  commandId: string;
  /** Where the state stands; set once the read barrier is passed, because from then on every answer reflects it. */
  stateIndex?: () => number;
  /** How old the state of this node may be; for reads that take it as it is. */
  stateAgeMs?: () => number;
  /** The project behind the API key on read routes. */
  apiKeyProjectId: string | null;
}

export type ContextRequest = Request & { context: RequestContext };
