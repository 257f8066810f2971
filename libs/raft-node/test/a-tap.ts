import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { parseAddress } from '../src/transport/address';

/** One connection through a tap: what the dialler has sent, and what may be done to it. */
export class TappedConnection {
  readonly fromDialler: Buffer[] = [];
  readonly fromAcceptor: Buffer[] = [];
  private held: (() => void)[] | null = null;
  /** Changes what the dialler sends; null swallows it. */
  change: (chunk: Buffer) => Buffer | null = (chunk) => chunk;

  constructor(
    readonly dialler: Socket,
    readonly acceptor: Socket,
  ) {
    dialler.on('data', (chunk: Buffer) => {
      this.fromDialler.push(chunk);
      const changed = this.change(chunk);
      if (changed !== null) this.pass(() => acceptor.write(changed));
    });
    acceptor.on('data', (chunk: Buffer) => {
      this.fromAcceptor.push(chunk);
      this.pass(() => dialler.write(chunk));
    });
    for (const [one, other] of [
      [dialler, acceptor],
      [acceptor, dialler],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => this.pass(() => other.destroy()));
    }
  }

  /** From now on nothing comes through, and nobody is told. */
  hold(): void {
    this.held = [];
    this.dialler.pause();
    this.acceptor.pause();
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const step of held) step();
    this.dialler.resume();
    this.acceptor.resume();
  }

  private pass(step: () => void): void {
    if (this.held === null) step();
    else this.held.push(step);
  }
}

/** Stands between two transports, as whoever owns the network does. */
export class Tap {
  readonly connections: TappedConnection[] = [];
  private readonly server: Server;

  constructor(
    private target: string,
    onConnection: (connection: TappedConnection) => void = () => undefined,
  ) {
    this.server = createServer((dialler) => {
      const acceptor = connect({ ...parseAddress(this.target), noDelay: true });
      const connection = new TappedConnection(dialler, acceptor);
      this.connections.push(connection);
      onConnection(connection);
    });
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    for (const { dialler, acceptor } of this.connections) {
      dialler.destroy();
      acceptor.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }
}
