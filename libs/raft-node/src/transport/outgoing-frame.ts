/** What waits to be sent: it is written once, straight into the record that goes to the socket. */
export interface OutgoingFrame {
  readonly type: number;
  /** The most that `write` takes. */
  readonly bound: number;
  /** Writes the payload at `at`; returns where it ends. */
  write(out: Buffer, at: number): number;
  /** Set when it was written: from then on the other side may have seen it. */
  sent?: boolean;
  /** Nobody waits for it any more: it is left out. */
  cancelled?: boolean;
}
