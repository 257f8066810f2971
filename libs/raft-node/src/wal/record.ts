export interface HardState {
  readonly term: number;
  readonly vote: string | null;
}

export type EntryKind = 'command' | 'no-op' | 'configuration';

export interface LogEntry {
  readonly index: number;
  readonly term: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/** The membership in force from `index` on, in the encoding of whoever owns it. */
export interface Configuration {
  readonly index: number;
  readonly data: Uint8Array;
}

/** A snapshot that is being installed: the database will hold the state at `index`. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
  readonly configuration: Uint8Array;
}

export interface InstalledSnapshot {
  readonly index: number;
  readonly term: number;
  /** The log held that very entry, so what follows it stays. Written down, because a cut log can no longer tell. */
  readonly keepsSuffix: boolean;
}

export interface LogIdentity {
  readonly clusterId: string;
  readonly nodeId: string;
  /** Random for each life of a data directory: a wiped node that returns under its old id is not the member it was. */
  readonly incarnation: string;
}

export interface SegmentStart {
  readonly identity: LogIdentity;
  readonly sequence: number;
  /** The index that the next entry would have had when the segment was begun, and the term of the entry before it. */
  readonly firstIndex: number;
  readonly previousTerm: number;
}

export type LogRecord =
  | ({ readonly type: 'entry' } & LogEntry)
  | ({ readonly type: 'hard-state' } & HardState)
  | ({ readonly type: 'configuration' } & Configuration)
  | ({ readonly type: 'installing' } & SnapshotMark)
  | ({ readonly type: 'installed' } & InstalledSnapshot)
  | ({ readonly type: 'segment' } & SegmentStart);
