import type { Configuration, MembershipChange, ProgressState, RefusalReason } from '@config-guardian/raft';
import type { StateSnapshots } from './state-snapshots';

/**
 * The port between the service and consensus. Whatever stands behind it (a group of one, a cluster of five) keeps
 * the same promises, so the service has one code path.
 */

/** One committed entry. Indexes start at 1 and have no gaps; some entries (a leader's no-op) carry no command. */
export interface CommittedEntry {
  readonly index: number;
  readonly term: number;
  /**
   * Milliseconds since the epoch, stamped by the leader; 0 for an entry that carries no command. A leader does not know
   * all stamps before its own: the consumer takes the later of this and the time it has reached.
   */
  readonly at: number;
  /** The proposed bytes, exactly as they were proposed; null for an entry that carries no command. */
  readonly data: Uint8Array | null;
  /** JSON of the core's Configuration that holds from here on; null for an entry that changes none. */
  readonly membership?: string | null;
}

/** What consumes the log: pure, synchronous, called in index order, each entry exactly once in the life of a process. */
export interface LogConsumer<Result> {
  /** The last index this consumer has taken; the log replays what follows it. */
  readonly appliedIndex: number;
  /** The newest `CommittedEntry.membership` up to `appliedIndex`; '' when there was none. */
  readonly membership: string;
  /** How the state travels to a member that needs what the log no longer holds. Without it this node feeds none, and takes none. */
  readonly snapshots?: StateSnapshots;
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

export interface WaitOptions {
  /** When the caller stops waiting, on the clock of `performance.now()`. Without it: ten seconds from now. */
  readonly deadlineMs?: number;
}

export type LogRole = 'leader' | 'follower' | 'candidate' | 'learner';

/** One member of the configuration in effect. What only a leader knows of the others is null elsewhere. */
export interface LogMember {
  readonly nodeId: string;
  /** The node with its incarnation, as the configuration names it. */
  readonly member: string;
  readonly role: 'voter' | 'learner';
  /** The member is known to hold everything up to here, durably. */
  readonly matchIndex: number | null;
  /** Milliseconds since this node heard of it; 0 for itself. */
  readonly lastContactMs: number | null;
  readonly state: ProgressState | null;
}

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
  /** Of a snapshot whose installation was begun and not ended: a consumer that stands there belongs to this log. */
  readonly installingIndex: number | null;
  readonly pendingProposals: number;
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly members: readonly LogMember[];
  /** The configuration in effect, which may not be committed yet. */
  readonly configuration: Configuration;
}

export interface Leadership {
  readonly leads: boolean;
  readonly leaderId: string | null;
  readonly term: number;
}

/**
 * Why a proposal or a barrier was not served. Nothing was written unless the code is `outcome-unknown`. `refused`: the
 * change of membership or leadership cannot be made, for the reason that the error carries.
 */
export type LogErrorCode = 'no-leader' | 'overloaded' | 'stopped' | 'outcome-unknown' | 'too-large' | 'refused';

export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    message: string,
    readonly reason?: RefusalReason,
  ) {
    super(message);
    this.name = 'LogError';
  }
}

export interface ReplicatedLog<Result> {
  /**
   * Replays what the consumer has not seen, then serves. Resolves when everything known to be committed is applied: in a
   * group of one that is the whole log, elsewhere the others tell it later.
   */
  start(consumer: LogConsumer<Result>): Promise<void>;
  /**
   * Appends the bytes, on whichever node leads; resolves when a majority holds them on disk and this node's consumer has
   * applied them, with the index and the consumer's result. An attempt that is lost, or of which nothing is heard, is
   * made again until the deadline, so the bytes may be applied twice: the consumer tells the second time by an id of its
   * own. Rejects with a LogError.
   */
  propose(data: Uint8Array, options?: WaitOptions): Promise<Proposed<Result>>;
  /** The linearizable read barrier: resolves with an index that every earlier acknowledged write is at or below. */
  readIndex(options?: WaitOptions): Promise<number>;
  /** Resolves when the leader has applied the change (a joint one: when it has left the joint configuration). */
  changeMembership(change: MembershipChange, options?: WaitOptions): Promise<void>;
  /** Resolves when another node leads: the named one, or the voter that is furthest along. */
  transferLeadership(to: string | null, options?: WaitOptions): Promise<void>;
  /** Told of every change of leader or term from now on. A listener must not throw. */
  onLeadership(listener: (now: Leadership) => void): void;
  /** A synchronous database commit covers everything up to this index: the log need keep no more than its limits say. */
  release(index: number): void;
  status(): LogStatus;
  /** Hands leadership over where there is somebody to take it, finishes what is in flight, then closes. Proposals after this reject with `stopped`. */
  stop(): Promise<void>;
}
