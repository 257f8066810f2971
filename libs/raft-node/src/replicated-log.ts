/**
 * The port between the service and consensus. Whatever stands behind it (a group of one, a cluster of five) keeps
 * the same promises, so the service has one code path.
 */

/** One committed entry. Indexes start at 1 and have no gaps; some entries (a leader's no-op) carry no command. */
export interface CommittedEntry {
  readonly index: number;
  readonly term: number;
  /** Milliseconds since the epoch, stamped by the leader, never earlier than the entry before. */
  readonly at: number;
  /** The proposed bytes, exactly as they were proposed; null for an entry that carries no command. */
  readonly data: Uint8Array | null;
}

/** What consumes the log: pure, synchronous, called in index order, each entry exactly once in the life of a process. */
export interface LogConsumer<Result> {
  /** The last index this consumer has taken; the log replays what follows it. */
  readonly appliedIndex: number;
  /**
   * Takes the next committed entries. One result per entry, in order. A throw means that this node's state can no
   * longer be trusted: the log stops and the process is told to exit.
   */
  apply(entries: readonly CommittedEntry[]): readonly Result[];
  /** Resolves at once while there is room; otherwise when the consumer can take more (back-pressure). */
  ready(): Promise<void>;
}

export interface Proposed<Result> {
  readonly index: number;
  readonly term: number;
  readonly result: Result;
}

export type LogRole = 'leader' | 'follower' | 'candidate' | 'learner';

export interface LogStatus {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly role: LogRole;
  readonly term: number;
  readonly leaderId: string | null;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly pendingProposals: number;
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

/** Why a proposal or a barrier was not served. Nothing was written unless the code is `outcome-unknown`. */
export type LogErrorCode = 'no-leader' | 'overloaded' | 'stopped' | 'outcome-unknown' | 'too-large';

export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'LogError';
  }
}

export interface ReplicatedLog<Result> {
  /** Replays what the consumer has not seen, then serves. Resolves when everything known to be committed is applied. */
  start(consumer: LogConsumer<Result>): Promise<void>;
  /**
   * Appends the bytes; resolves when a majority holds them on disk and the consumer has applied them, with the index
   * and the consumer's result. Rejects with a LogError.
   */
  propose(data: Uint8Array): Promise<Proposed<Result>>;
  /** The linearizable read barrier: resolves with an index that every earlier acknowledged write is at or below. */
  readIndex(): Promise<number>;
  /** The log up to and including this index may be forgotten: a synchronous database commit covers it. */
  release(index: number): void;
  status(): LogStatus;
  /** Finishes what is in flight, then closes. Proposals after this reject with `stopped`. */
  stop(): Promise<void>;
}
