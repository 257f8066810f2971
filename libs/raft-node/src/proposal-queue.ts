import type { LogErrorCode, Proposed } from './replicated-log';
import { LogError } from './replicated-log';
import type { LogEntry } from './wal/record';

export interface LogLimits {
  /** The largest proposal, in bytes. */
  readonly maxEntryBytes: number;
  /** A batch that one sync covers takes at most so much; the rest waits for the next. */
  readonly maxBatchEntries: number;
  readonly maxBatchBytes: number;
  /** Proposals without a result yet, waiting ones and those under way; beyond it they are refused. */
  readonly maxPending: number;
  readonly maxPendingBytes: number;
}

export const DEFAULT_LIMITS: LogLimits = {
  maxEntryBytes: 4 << 20,
  maxBatchEntries: 1024,
  maxBatchBytes: 1 << 20,
  maxPending: 4096,
  maxPendingBytes: 64 << 20,
};

export interface Proposal<Result> {
  readonly entry: LogEntry;
  resolve(proposed: Proposed<Result>): void;
  reject(error: LogError): void;
}

/** The proposals that have no result yet, in index order: first those under way, then those that wait for a sync. */
export class ProposalQueue<Result> {
  private waiting: Proposal<Result>[] = [];
  private readonly underway = new Set<Proposal<Result>>();
  private bytes = 0;

  constructor(private readonly limits: LogLimits) {}

  get size(): number {
    return this.waiting.length + this.underway.size;
  }

  get isIdle(): boolean {
    return this.size === 0;
  }

  /** Why these bytes cannot be taken now; undefined when they can. */
  refusal(bytes: number): LogError | undefined {
    const { maxEntryBytes, maxPending, maxPendingBytes } = this.limits;
    if (bytes > maxEntryBytes)
      return new LogError('too-large', `A proposal of ${bytes} bytes is larger than ${maxEntryBytes}.`);
    if (this.size >= maxPending || (this.size > 0 && this.bytes + bytes > maxPendingBytes)) {
      return new LogError('overloaded', `${this.size} proposals are waiting for the disk: try again later.`);
    }
    return undefined;
  }

  add(proposal: Proposal<Result>): void {
    this.waiting.push(proposal);
    this.bytes += proposal.entry.data.byteLength;
  }

  /** The next batch, at least one proposal unless none waits. They are under way until they are settled. */
  take(): Proposal<Result>[] {
    let [count, bytes] = [0, 0];
    for (const { entry } of this.waiting) {
      bytes += entry.data.byteLength;
      if (count > 0 && (count >= this.limits.maxBatchEntries || bytes > this.limits.maxBatchBytes)) break;
      count += 1;
    }
    const batch = this.waiting.splice(0, count);
    for (const proposal of batch) this.underway.add(proposal);
    return batch;
  }

  settle(proposal: Proposal<Result>, result: Result): void {
    if (!this.underway.delete(proposal)) return;
    const { index, term, data } = proposal.entry;
    this.bytes -= data.byteLength;
    proposal.resolve({ index, term, result });
  }

  /** Those under way may be on the disk; those that wait are not. */
  fail(message: string): void {
    const rejectAll = (proposals: Iterable<Proposal<Result>>, code: LogErrorCode): void => {
      for (const proposal of proposals) proposal.reject(new LogError(code, message));
    };
    rejectAll(this.underway, 'outcome-unknown');
    rejectAll(this.waiting, 'stopped');
    this.underway.clear();
    this.waiting = [];
    this.bytes = 0;
  }
}
