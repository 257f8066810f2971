import type { Configuration } from './configuration';
import type { Entry, Position } from './entry';
import type { MemberId } from './identity';

/** What a member must never forget. `commit` is a hint: losing it costs time, never safety. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId | null;
  readonly commit: number;
}

/** The state machine as of (`index`, `term`), with the configuration in effect there. */
export interface Snapshot extends Position {
  readonly configuration: Configuration;
  /** Opaque to the core: the state itself, or the name of something the driver streams by its own means. */
  readonly data: Uint8Array;
}

export interface InitialState {
  readonly hardState: HardState;
  /**
   * The newest configuration the caller knows from outside the log: the snapshot's, or the applied state's, or (index 0)
   * the one the cluster was formed with. The core adds what the log says after `configurationIndex`.
   */
  readonly configuration: Configuration;
  readonly configurationIndex: number;
}

/**
 * What the core reads of the durable log. It never writes: entries reach the storage through `Ready`, and after
 * `persisted` they must be readable here. All calls are synchronous; entries are shared, never copied or changed.
 */
export interface LogStorage {
  initialState(): InitialState;
  /** The first index still held; one more than the last index compacted away. 1 for a log that was never compacted. */
  firstIndex(): number;
  /** `firstIndex() - 1` for an empty log. */
  lastIndex(): number;
  /** The term at `index`, known from `firstIndex() - 1` to `lastIndex()`; undefined outside. */
  term(index: number): number | undefined;
  /** Entries from `lo` up to but not including `hi`, both held, cut to `maxSize` bytes but never to nothing. */
  entries(lo: number, hi: number, maxSize: number): readonly Entry[];
  /** A snapshot that reaches at least `firstIndex() - 1`; null when none can be given now (asked again later). */
  snapshot(): Snapshot | null;
}
