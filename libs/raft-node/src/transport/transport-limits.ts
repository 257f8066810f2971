/** What a transport lets others (and its own node) do. Times are in milliseconds. */
export interface TransportLimits {
  /** The largest message, request or answer. */
  readonly frameBytes: number;
  /** What may wait to be sent on one connection before messages are dropped. */
  readonly queueBytes: number;
  readonly queueFrames: number;
  /** On one connection, asked and not answered. */
  readonly requestsInFlight: number;
  /** Incoming connections that have not proved the secret yet. */
  readonly unauthenticated: number;
  /** From the first packet to the end of the handshake. */
  readonly handshakeMs: number;
  readonly pingMs: number;
  /** A connection on which nothing moves for so long is taken for dead. */
  readonly silenceMs: number;
  /** A bulk connection that nobody uses is closed after this. */
  readonly idleMs: number;
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
}

export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  frameBytes: 8 << 20,
  queueBytes: 16 << 20,
  queueFrames: 4096,
  requestsInFlight: 4096,
  unauthenticated: 64,
  handshakeMs: 5000,
  pingMs: 1000,
  silenceMs: 5000,
  idleMs: 30_000,
  backOffMinMs: 50,
  backOffMaxMs: 2000,
};

/** Before a peer has proved the secret it can make this node hold no more than this. */
export const HANDSHAKE_FRAME_BYTES = 4096;
