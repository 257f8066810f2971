export interface SnapshotPosition {
  readonly index: number;
  readonly term: number;
}

export interface HistoryPart {
  readonly chunk: Uint8Array;
  readonly next: string | null;
}

/** How the state behind the log is carried from one node to another: given by whoever owns state and database. */
export interface StateSnapshots {
  /** Writes the current tables as the database holds them into files in `directory`; resolves with the position they have. */
  take(directory: string): Promise<SnapshotPosition>;
  /** The next part of the history with `after` < index <= `upTo`; a null cursor begins, a null `next` ends. */
  history(after: number, upTo: number, cursor: string | null): Promise<HistoryPart>;
  /**
   * Replaces state and database by what `directory` holds (the files of `take`, and `history`: all chunks in order), in
   * one transaction with a synchronous commit, then swaps the state in one step.
   */
  install(directory: string, snapshot: SnapshotPosition & { readonly membership: string }): Promise<void>;
}
