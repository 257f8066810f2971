/** What a client asked of one config. Contents are compared as text. */
export type Action =
  | { readonly type: 'read' }
  | { readonly type: 'create'; readonly value: string }
  /** A rollback too: its value is the content that the revision it names is known to have. */
  | { readonly type: 'write'; readonly value: string; readonly expectedVersion: number | null }
  | { readonly type: 'delete'; readonly expectedVersion: number | null };

export type Outcome =
  | { readonly type: 'found'; readonly version: number; readonly value: string }
  /** The change was made. An answer without a body does not say which version it took. */
  | { readonly type: 'done'; readonly version: number | null }
  | { readonly type: 'missing' }
  | { readonly type: 'conflict'; readonly currentVersion: number | null }
  | { readonly type: 'taken' }
  /** No answer, or one that does not say: it may take effect at any time after the call, or never. */
  | { readonly type: 'unknown' };

/** One operation of a history. What certainly failed is not in the history at all. */
export interface Operation {
  readonly client: string;
  readonly node: string;
  readonly key: string;
  readonly action: Action;
  readonly outcome: Outcome;
  /** Places in the order of all calls and returns that the recorder saw; `Infinity` for a return that never came. */
  readonly called: number;
  readonly returned: number;
  /** Milliseconds since the history began, for whoever reads it. */
  readonly calledMs: number;
  readonly returnedMs: number;
}

export const isUnknown = ({ outcome }: Operation): boolean => outcome.type === 'unknown';
