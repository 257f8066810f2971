import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer } from 'node:tls';
import type { Address } from './address';
import { formatAddress } from './address';
import type { FrameSocket } from './frame-socket';
import type { Agreement, Party } from './handshake';
import { AcceptorHandshake } from './handshake';
import type { TransportTls } from './network';
import { SOCKET_OPTIONS, tlsServerOptions } from './network';
import type { OpenSockets } from './open-sockets';
import { Refusal } from './refusal';
import { shakeHands } from './shaking-hands';
import type { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';

export interface ListenerContext {
  readonly party: () => Party;
  readonly limits: TransportLimits;
  readonly counters: TransportCounters;
  readonly tls: TransportTls | undefined;
  readonly sockets: OpenSockets;
  readonly onAgreed: (socket: FrameSocket, agreement: Agreement) => void;
}

/** Somebody who has connected and has not proved anything yet. */
interface Stranger {
  readonly socket: Socket;
  readonly deadline: NodeJS.Timeout;
  frames?: FrameSocket;
}

/** Takes connections and leads them through the handshake. */
export class Listener {
  private readonly server: Server;
  private readonly tlsServer: TlsServer | null;
  /** By where they come from, the oldest first. */
  private readonly strangers = new Map<string, Stranger>();

  constructor(private readonly context: ListenerContext) {
    const { tls, limits, counters } = context;
    this.server = createServer(SOCKET_OPTIONS, (socket) => this.accept(socket));
    this.tlsServer = tls === undefined ? null : createTlsServer(tlsServerOptions(tls, limits.handshakeMs));
    this.tlsServer?.on('secureConnection', (socket) => this.begin(socket));
    this.tlsServer?.on('tlsClientError', ({ message }, socket) => {
      counters.refuse(new Refusal('tls', message), nameOf(socket));
    });
  }

  async listen({ host, port }: Address): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    // Too many open files, most of all: those that are connected go on.
    this.server.on('error', (error) => this.context.counters.log('warn', `Cannot take connections: ${error.message}.`));
  }

  setTls(tls: TransportTls): void {
    this.tlsServer?.setSecureContext(tlsServerOptions(tls, this.context.limits.handshakeMs));
  }

  get address(): string {
    const { address, port } = this.server.address() as AddressInfo;
    return formatAddress(address, port);
  }

  async close(): Promise<void> {
    for (const { socket, deadline } of this.strangers.values()) {
      clearTimeout(deadline);
      socket.destroy();
    }
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: Socket): void {
    const name = nameOf(socket);
    const { handshakeMs, unauthenticated } = this.context.limits;
    if (this.strangers.size >= unauthenticated) this.makeRoom();
    const deadline = setTimeout(() => {
      this.refuse(name, new Refusal('slow', `no handshake within ${handshakeMs} ms`));
    }, handshakeMs);
    this.strangers.set(name, { socket, deadline });
    this.context.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.forget(name));
    if (this.tlsServer === null) this.begin(socket);
    else this.tlsServer.emit('connection', socket);
  }

  private begin(socket: Socket): void {
    const name = nameOf(socket);
    const stranger = this.strangers.get(name);
    if (stranger === undefined) return void socket.destroy();
    const { counters, party, onAgreed } = this.context;
    stranger.frames = shakeHands(socket, new AcceptorHandshake(party()), counters, name, {
      agreed: (frames, agreement) => {
        this.forget(name);
        onAgreed(frames, agreement);
      },
      failed: () => this.forget(name),
    });
  }

  /** A peer is through in milliseconds, so the oldest is the least likely to be one. */
  private makeRoom(): void {
    for (const name of this.strangers.keys()) {
      return this.refuse(name, new Refusal('crowded', 'too many connections without a handshake'));
    }
  }

  private refuse(name: string, refusal: Refusal): void {
    const stranger = this.strangers.get(name);
    this.forget(name);
    if (stranger?.frames !== undefined) stranger.frames.refuse(refusal);
    else this.context.counters.refuse(refusal, name);
    stranger?.socket.destroy();
  }

  private forget(name: string): void {
    clearTimeout(this.strangers.get(name)?.deadline);
    this.strangers.delete(name);
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'a closed socket' : formatAddress(remoteAddress, remotePort ?? 0);
}
