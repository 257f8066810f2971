/** A kind of failure, as RFC 9457 describes it to a client. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** Shown on the page of the problem: when it happens and what the caller can do. */
  readonly explanation: string;
}
