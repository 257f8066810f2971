import type { Clock } from '@config-guardian/raft-node';
import { systemClock } from '@config-guardian/raft-node';

export interface PersisterLog {
  warn(message: string): void;
  error(message: string): void;
}

export interface WrittenBatch {
  readonly from: number;
  readonly to: number;
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly durable: boolean;
}

export interface PersisterOptions {
  /** How many log indexes of outcomes the exactly-once window keeps. */
  readonly windowLength: number;
  /** Beyond these, `ready` makes the log wait. What no synchronous commit covers yet counts too. */
  readonly maxPendingRows: number;
  readonly maxPendingBytes: number;
  /** A database that has taken nothing for so long is away or hangs. */
  readonly blockedAfterMs: number;
  /** One transaction takes no more than this, but always one applied step. */
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  /** A batch grows for so long, unless somebody waits for what is in it, or until it has so many entries. */
  readonly gatherMs: number;
  readonly gatherEntries: number;
  /** Longest time that a commit stays without a synchronous one after it. */
  readonly syncIntervalMs: number;
  /** Pauses between attempts while the database is away: doubled each time, and half of each left to chance. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How often in a row a server that is there may refuse the same batch before this node gives up. */
  readonly maxRefusals: number;
  /** How long `stop` may wait for the database. */
  readonly stopTimeoutMs: number;
  /** The node's state and its database have parted, or the database can never take what the state holds. Called once. */
  readonly onFatal: (error: Error) => void;
  /** A synchronous commit covers everything up to this index: the log may forget it. */
  readonly onDurable: (index: number) => void;
  /** These entries are committed; not told of a commit that carries no entries. */
  readonly onBatch: (batch: WrittenBatch) => void;
  readonly log: PersisterLog;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Its timers keep the process alive: at the end there are still rows to write. */
const clock: PersisterOptions['clock'] = {
  monotonic: () => systemClock.monotonic(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

export const persisterDefaults = {
  maxPendingRows: 200_000,
  maxPendingBytes: 128 * 1024 ** 2,
  blockedAfterMs: 1_000,
  maxBatchRows: 4_000,
  maxBatchBytes: 8 * 1024 ** 2,
  gatherMs: 40,
  gatherEntries: 500,
  syncIntervalMs: 200,
  firstPauseMs: 50,
  longestPauseMs: 5_000,
  maxRefusals: 30,
  stopTimeoutMs: 3_000,
  onBatch: (): void => undefined,
  clock,
  random: () => Math.random(),
} as const;

export interface PersisterStatus {
  /** Written and visible to other connections. It can fall back when the server crashes. */
  readonly flushedIndex: number;
  /** Covered by a synchronous commit. */
  readonly durableIndex: number;
  /** Applied and kept in memory, because no synchronous commit covers it. */
  readonly pendingEntries: number;
  readonly pendingRows: number;
  readonly pendingBytes: number;
  readonly connected: boolean;
  /** Why it is not connected, or was not the last time; null after a commit. */
  readonly lastError: string | null;
}
