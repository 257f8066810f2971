import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Stream } from './stream';

/** `forward`: what the node that dials sends; `backward`: what comes back to it on the same connection. */
export type Direction = 'forward' | 'backward';
export const directions: readonly Direction[] = ['forward', 'backward'];

/**
 * The wire of one directed link: node a dials node b here. A cut swallows bytes without a word, as a broken network
 * does, in either direction or both; connections that lost bytes cannot go on and are reset when the link is healed.
 */
export class LinkProxy {
  readonly #connections = new Set<Connection>();
  readonly #cut = new Set<Direction>();
  readonly #delayMs = { forward: 0, backward: 0 };
  readonly #server: Server;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {
    // Half-open connections are passed on as they are.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near));
  }

  static async to(target: string): Promise<LinkProxy> {
    const colon = target.lastIndexOf(':');
    const proxy = new LinkProxy({ host: target.slice(0, colon), port: Number(target.slice(colon + 1)) });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes of these directions are swallowed from now on, also on connections that are made meanwhile. */
  cut(...which: readonly Direction[]): void {
    for (const direction of which.length === 0 ? directions : which) {
      this.#cut.add(direction);
      for (const connection of this.#connections) connection.streams[direction].isCut = true;
    }
  }

  heal(...which: readonly Direction[]): void {
    for (const direction of which.length === 0 ? directions : which) {
      this.#cut.delete(direction);
      for (const connection of this.#connections) connection.streams[direction].isCut = false;
    }
    for (const connection of [...this.#connections]) if (connection.isBroken) connection.reset();
  }

  /** Everything takes so much longer, in order; 0 ends it. */
  delay(ms: number, ...which: readonly Direction[]): void {
    for (const direction of which.length === 0 ? directions : which) {
      this.#delayMs[direction] = ms;
      for (const connection of this.#connections) connection.streams[direction].delayMs = ms;
    }
  }

  /** Ends all connections with a reset; new ones are accepted. */
  reset(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(near, far, (ended) => this.#connections.delete(ended));
    this.#connections.add(connection);
    for (const direction of directions) {
      connection.streams[direction].isCut = this.#cut.has(direction);
      connection.streams[direction].delayMs = this.#delayMs[direction];
    }
  }
}

class Connection {
  readonly streams: Readonly<Record<Direction, Stream>>;

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    onEnd: (ended: Connection) => void,
  ) {
    this.streams = { forward: new Stream(near, far), backward: new Stream(far, near) };
    for (const socket of [near, far]) {
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) onEnd(this);
        // A side that is gone is told to the other, unless the network swallows that too.
        else if (socket.errored || !this.#isCutFrom(socket)) this.reset();
      });
    }
  }

  /** Bytes were lost, so that what follows makes no sense to the receiver. */
  get isBroken(): boolean {
    return directions.some((direction) => this.streams[direction].hasLost);
  }

  reset(): void {
    for (const direction of directions) this.streams[direction].stop();
    for (const socket of [this.near, this.far]) socket.resetAndDestroy();
  }

  #isCutFrom(socket: Socket): boolean {
    return this.streams[socket === this.near ? 'forward' : 'backward'].isCut;
  }
}
