export interface LogLimits {
  /** The largest proposal, in bytes. */
  readonly maxEntryBytes: number;
  /** What one sync covers is at least one write of the core, and then as many as fit. */
  readonly maxWriteBytes: number;
  /** Proposals of this node without a result yet, waiting ones and those under way; beyond it they are refused. */
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  /** Entries that this node's consumer has not taken. A leader refuses proposals beyond it, a follower appends beyond twice as much. */
  readonly maxUnappliedBytes: number;
  /** What the log keeps although the database holds it: it spares a member that lags behind a snapshot. */
  readonly keptEntries: number;
  readonly keptBytes: number;
  /** A snapshot that is being fed holds the cut of the log back, up to so many bytes of log. */
  readonly heldBytes: number;
  /** How long `stop` waits for a new leader, and for what is in flight. */
  readonly stopMs: number;
}

export const DEFAULT_LIMITS: LogLimits = {
  maxEntryBytes: 4 << 20,
  maxWriteBytes: 8 << 20,
  maxPending: 4096,
  maxPendingBytes: 64 << 20,
  maxUnappliedBytes: 64 << 20,
  keptEntries: 65_536,
  keptBytes: 64 << 20,
  heldBytes: 512 << 20,
  stopMs: 5_000,
};

/** How long a caller waits who does not say it. */
export const DEFAULT_WAIT_MS = 10_000;
