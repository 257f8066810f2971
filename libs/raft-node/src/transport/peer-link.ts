import type { Message } from '@config-guardian/raft';
import type { DialledSession } from './dialled-session';
import type { DiallingContext } from './dialling';
import { Dialling } from './dialling';
import type { Lane, PeerIdentity, RequestOptions } from './transport';
import { PeerError } from './transport';

export interface LinkEvents {
  onPeer(peer: PeerIdentity): void;
  /** The connection broke, or could not be made. */
  onDown(): void;
  /** Between 0 and 1, for the back-off. */
  random(): number;
}

/**
 * This node's connection to one peer in one lane. For messages it is made at once and made again, with growing pauses,
 * whenever it breaks; for bulk it is made by the first request.
 */
export class PeerLink {
  private session: DialledSession | null = null;
  private attempt: Dialling | null = null;
  private retry: NodeJS.Timeout | null = null;
  private stable: NodeJS.Timeout | null = null;
  private failures = 0;
  private lastReason = '';
  private closed = false;

  constructor(
    private readonly context: DiallingContext,
    readonly nodeId: string,
    readonly address: string,
    private readonly lane: Lane,
    private readonly events: LinkEvents,
  ) {
    if (lane === 'messages') this.connect();
  }

  /** False when it was dropped. */
  send(message: Message): boolean {
    return this.session?.send(message) ?? false;
  }

  /** Waits for a connection that is being made, never for a pause between two attempts. */
  async request(method: string, body: Uint8Array, { timeoutMs }: RequestOptions): Promise<Uint8Array> {
    if (this.session === null && this.retry === null) this.connect();
    if (this.session !== null) return this.session.request(method, body, timeoutMs);
    if (this.attempt === null) throw new PeerError('unreachable', `${this.nodeId} at ${this.address}: not connected`);
    const begin = performance.now();
    const session = await within(timeoutMs, this.attempt.session);
    return session.request(method, body, timeoutMs - (performance.now() - begin));
  }

  /** The peer is there: it has just connected to this node. */
  wake(): void {
    if (this.retry === null) return;
    clearTimeout(this.retry);
    this.retry = null;
    this.connect();
  }

  /** A new connection; the one there is answers what it was asked and closes. */
  renew(): void {
    const was = this.session;
    const wanted = this.lane === 'messages' || was !== null || this.attempt !== null;
    this.leave();
    was?.retire();
    if (wanted) this.connect();
  }

  end(reason: string): void {
    const was = this.session;
    this.closed = true;
    this.leave();
    was?.end(reason);
  }

  private connect(): void {
    if (this.closed || this.session !== null || this.attempt !== null) return;
    const attempt = this.dial();
    this.attempt = attempt;
    attempt?.session.then(
      (session) => (this.attempt === attempt ? this.opened(session) : session.end('not needed')),
      (error: PeerError) => this.attempt === attempt && this.down(error.message),
    );
  }

  private dial(): Dialling | null {
    const { address, lane, nodeId: expected } = this;
    try {
      return new Dialling(this.context, { address, lane, expected });
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.down(error.message);
      return null;
    }
  }

  private opened(session: DialledSession): void {
    this.attempt = null;
    this.session = session;
    this.lastReason = '';
    // Who lets this node in and closes at once is not asked again at once.
    this.stable = setTimeout(() => (this.failures = 0), this.context.limits.backOffMaxMs);
    session.onClose = (reason) => this.session === session && this.down(reason);
    if (this.lane === 'bulk') session.onIdle = () => this.rest(session);
    this.context.counters.log('info', `Connected to ${this.nodeId} at ${this.address} (${this.lane}).`);
    this.events.onPeer(session.peer);
  }

  private rest(session: DialledSession): void {
    this.leave();
    session.retire();
  }

  private down(reason: string): void {
    this.leave();
    if (reason !== this.lastReason) {
      this.context.counters.log(
        'info',
        `No connection to ${this.nodeId} at ${this.address} (${this.lane}): ${reason}.`,
      );
    }
    this.lastReason = reason;
    this.retry = setTimeout(() => {
      this.retry = null;
      if (this.lane === 'messages') this.connect();
    }, this.pause());
    this.events.onDown();
  }

  private pause(): number {
    const { backOffMinMs, backOffMaxMs } = this.context.limits;
    const longest = Math.min(backOffMaxMs, backOffMinMs * 2 ** this.failures);
    this.failures += 1;
    return longest * (0.5 + this.events.random() / 2);
  }

  private leave(): void {
    const attempt = this.attempt;
    this.session = null;
    this.attempt = null;
    for (const timer of [this.retry, this.stable]) if (timer !== null) clearTimeout(timer);
    this.retry = this.stable = null;
    attempt?.abort();
  }
}

/** The same outcome, or `unreachable` when it is not there in time: nothing has been sent yet. */
export function within<T>(timeoutMs: number, outcome: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PeerError('unreachable', 'not connected in time')), timeoutMs);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
