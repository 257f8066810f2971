import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

/** Who answers what comes over a connection. */
export interface Taker {
  readonly isListening: boolean;
  /** A connection was handed over, and it has not said yet that it has it. */
  readonly isTaking: boolean;
  take(connection: Socket): void;
}

/** As many as the kernel keeps behind a port of Node. */
const mostWaiting = 511;

/**
 * Listens on the port and hands each connection, of which nothing was read, to one of the takers in turn, one at a time to
 * each: of one that hangs no more than one connection depends. The kernel, left to choose, would give most of a burst to
 * one of them; `node:cluster` deals in turn as well, but a connection whose worker dies before it says that it has it
 * stays open for ever and is nobody's.
 */
export class ConnectionDealer {
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true }, (connection) => {
    if (this.#waiting.length >= mostWaiting) connection.destroy();
    else this.#waiting.push(connection);
    this.deal();
  });
  readonly #waiting: Socket[] = [];
  #turn = 0;

  constructor(private readonly takers: readonly Taker[]) {}

  /** Resolves with the port, rejects when it cannot be had. */
  async listen(port: number, host: string): Promise<number> {
    await once(this.#server.listen(port, host), 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** To be called when a taker has taken what it was given, begins to listen, or is no more. */
  deal(): void {
    while (this.#waiting.length > 0) {
      const taker = this.#next();
      const connection = taker && this.#waiting.shift();
      if (!taker || !connection) break;
      taker.take(connection);
    }
    if (!this.takers.some(({ isListening }) => isListening)) this.#hangUp();
  }

  /** Nobody new can connect. */
  close(): void {
    if (this.#server.listening) this.#server.close();
    this.#hangUp();
  }

  #next(): Taker | undefined {
    const { takers } = this;
    for (let n = 1; n <= takers.length; n++) {
      const place = (this.#turn + n) % takers.length;
      const taker = takers[place];
      if (!taker?.isListening || taker.isTaking) continue;
      this.#turn = place;
      return taker;
    }
    return undefined;
  }

  #hangUp(): void {
    for (const connection of this.#waiting.splice(0)) connection.destroy();
  }
}
