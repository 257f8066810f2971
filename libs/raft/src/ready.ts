import type { Entry } from './entry';
import type { MemberId } from './identity';
import type { Message } from './messages';
import type { HardState, Snapshot } from './storage';

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** For showing and routing; not persisted. */
export interface SoftState {
  readonly role: Role;
  readonly leader: MemberId | null;
}

/** A read may be served once the state machine has applied `index`. */
export interface ReadState {
  readonly id: number;
  readonly index: number;
}

/**
 * Names one write. `index` and `term` are where the log ended when the write was handed out. A receipt acknowledges its
 * own write and all before it; whatever of that was overwritten in the meantime is not counted.
 */
export interface StorageReceipt {
  readonly sequence: number;
  readonly index: number;
  readonly term: number;
}

/**
 * Work for the driver. Write `hardState`, `snapshot` and `entries`, in that order and in the order of the Readys;
 * send `messages` at any time (those that need something durable are kept back by the core until it is).
 */
export interface Ready {
  readonly softState: SoftState | null;
  /** Present when it changed. Changes of `commit` alone need not be synced. */
  readonly hardState: HardState | null;
  /** Writing index i discards everything the storage holds from i on. */
  readonly entries: readonly Entry[];
  /** To be installed into the state machine and the log before any later entry is written. */
  readonly snapshot: Snapshot | null;
  /** False when nothing here has to survive a crash before the driver goes on. */
  readonly mustSync: boolean;
  /** To be handed to `persisted` once all of the above is durable; null when nothing awaits that. */
  readonly receipt: StorageReceipt | null;
  readonly messages: readonly Message[];
  /** Committed and durable here: to be applied in order, each exactly once, then reported with `applied`. */
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** Reads that will never be answered because leadership changed or the leader is silent; ask again. */
  readonly abortedReads: readonly number[];
}
