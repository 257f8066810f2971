import type { Proposed } from '../replicated-log';
import { LogError } from '../replicated-log';
import type { Entry } from '@config-guardian/raft';
import { countOf, HEADER_BYTES, originOf, withHeader } from './command-header';
import type { LogLimits } from './limits';

/** How far the present attempt has come. What was sent may be in the leader's log, what is appended is in one. */
export type Attempt =
  | { readonly state: 'waiting'; readonly notBefore: number }
  | { readonly state: 'sent'; readonly to: string }
  | { readonly state: 'appended'; readonly index: number; readonly term: number };

export interface Pending<Result> {
  readonly count: number;
  readonly command: Buffer;
  readonly deadlineMs: number;
  readonly resolve: (proposed: Proposed<Result>) => void;
  readonly reject: (error: LogError) => void;
  attempt: Attempt;
  tries: number;
  /** An earlier attempt may be in some log. */
  mayBeLogged: boolean;
}

/** This node's proposals without a result, known again by what stands in their header. */
export class PendingProposals<Result> {
  private readonly byCount = new Map<number, Pending<Result>>();
  private readonly origin: number;
  private count = 0;
  private bytes = 0;
  private nextDeadline = Infinity;

  constructor(
    private readonly limits: LogLimits,
    random: () => number,
  ) {
    this.origin = Math.floor(random() * 2 ** 48);
  }

  get size(): number {
    return this.byCount.size;
  }

  values(): Iterable<Pending<Result>> {
    return this.byCount.values();
  }

  has(pending: Pending<Result>): boolean {
    return this.byCount.has(pending.count);
  }

  /** Why these bytes cannot be taken now; undefined when they can. */
  refusal(bytes: number): LogError | undefined {
    const { maxEntryBytes, maxPending, maxPendingBytes } = this.limits;
    if (bytes > maxEntryBytes)
      return new LogError('too-large', `A proposal of ${bytes} bytes is larger than ${maxEntryBytes}.`);
    if (this.size >= maxPending || (this.size > 0 && this.bytes + bytes > maxPendingBytes)) {
      return new LogError('overloaded', `${this.size} proposals are waiting for their result: try again later.`);
    }
    return undefined;
  }

  add(data: Uint8Array, deadlineMs: number, settle: Pick<Pending<Result>, 'resolve' | 'reject'>): Pending<Result> {
    const count = (this.count += 1);
    const command = withHeader(this.origin, count, data);
    const attempt: Attempt = { state: 'waiting', notBefore: 0 };
    const pending: Pending<Result> = {
      count,
      command,
      deadlineMs,
      resolve: settle.resolve,
      reject: settle.reject,
      attempt,
      tries: 0,
      mayBeLogged: false,
    };
    this.byCount.set(count, pending);
    this.bytes += data.byteLength;
    this.nextDeadline = Math.min(this.nextDeadline, deadlineMs);
    return pending;
  }

  /** An entry was applied here: if it is one of these, its caller gets the result, whichever attempt it was. */
  settle(entry: Entry, result: Result): void {
    if (entry.type !== 'command') return;
    if (this.byCount.size === 0 || originOf(entry.data) !== this.origin) return;
    const pending = this.byCount.get(countOf(entry.data));
    if (pending === undefined) return;
    this.forget(pending);
    pending.resolve({ index: entry.index, term: entry.term, result });
  }

  reject(pending: Pending<Result>, error: LogError): void {
    if (!this.has(pending)) return;
    this.forget(pending);
    pending.reject(error);
  }

  /** Rejects those whose time is over, with what `error` says of them. */
  expire(now: number, error: (pending: Pending<Result>) => LogError): void {
    if (now < this.nextDeadline) return;
    this.nextDeadline = Infinity;
    for (const pending of this.values()) {
      if (pending.deadlineMs <= now) this.reject(pending, error(pending));
      else this.nextDeadline = Math.min(this.nextDeadline, pending.deadlineMs);
    }
  }

  rejectAll(error: (pending: Pending<Result>) => LogError): void {
    for (const pending of this.values()) this.reject(pending, error(pending));
  }

  private forget(pending: Pending<Result>): void {
    this.byCount.delete(pending.count);
    this.bytes -= pending.command.byteLength - HEADER_BYTES;
  }
}

/** Nobody can say any more that the proposal was not written. */
export function mayBeWritten({ attempt, mayBeLogged }: Pick<Pending<never>, 'attempt' | 'mayBeLogged'>): boolean {
  return mayBeLogged || attempt.state !== 'waiting';
}
