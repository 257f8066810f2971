import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Stands between a node and its database's socket: closed, the database is away; paused, it does not answer. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isPaused = false;
  #port = 0;

  private constructor(
    private readonly user: string,
    private readonly database: string,
    private readonly socketPath: string,
  ) {
    this.#server = createServer((near) => this.#join(near));
  }

  static async before(databaseUrl: string): Promise<TcpProxy> {
    const [, user = '', database = '', query] = /^postgresql:\/\/([^@]*)@\/([^?]*)\?(.*)$/.exec(databaseUrl) ?? [];
    const place = new URLSearchParams(query);
    const proxy = new TcpProxy(user, database, `${place.get('host')}/.s.PGSQL.${place.get('port')}`);
    await proxy.open();
    return proxy;
  }

  get url(): string {
    return `postgresql://${this.user}@127.0.0.1:${this.#port}/${this.database}`;
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  pause(): void {
    this.#isPaused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #join(near: Socket): void {
    // It came while the proxy was being closed, which would wait for its end.
    if (!this.#server.listening) return void near.destroy();
    const far = connect(this.socketPath);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('data', (chunk) => other.write(chunk));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      if (this.#isPaused) socket.pause();
    }
  }
}
