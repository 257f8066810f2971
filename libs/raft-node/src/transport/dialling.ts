import type { LookupFunction, Socket } from 'node:net';
import type { Address } from './address';
import { parseAddress } from './address';
import { DialledSession } from './dialled-session';
import type { FrameSocket } from './frame-socket';
import type { Party } from './handshake';
import { DiallerHandshake } from './handshake';
import type { ConnectionLane } from './hello';
import type { TransportTls } from './network';
import { openSocket } from './network';
import type { OpenSockets } from './open-sockets';
import { Refusal } from './refusal';
import { shakeHands } from './shaking-hands';
import type { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';
import type { PeerErrorCode } from './transport';
import { PeerError } from './transport';

/** What every connection of this node is made with. */
export interface DiallingContext {
  readonly party: () => Party;
  readonly limits: TransportLimits;
  readonly counters: TransportCounters;
  readonly tls: () => TransportTls | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly sockets: OpenSockets;
}

export interface Target {
  readonly address: string;
  readonly lane: ConnectionLane;
  /** The node that must answer there; null when any may. */
  readonly expected: string | null;
}

/** One attempt to connect, handshake included. */
export class Dialling {
  /** Rejects with a PeerError: `unreachable` when nobody is there, `refused` when there was no handshake. */
  readonly session: Promise<DialledSession>;
  private readonly socket: Socket;
  private readonly deadline: NodeJS.Timeout;
  private frames: FrameSocket | null = null;
  private reached = false;
  private failure = 'the connection was closed';
  private resolve: (session: DialledSession) => void;
  private reject: (error: PeerError) => void;

  /** Throws a PeerError when the address is none. */
  constructor(
    private readonly context: DiallingContext,
    private readonly target: Target,
  ) {
    const address = addressOf(target);
    this.session = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.deadline = setTimeout(() => this.tooSlow(), context.limits.handshakeMs);
    const { tls, lookup } = context;
    this.socket = openSocket(address, tls(), lookup, () => this.connected());
    context.sockets.add(this.socket);
    this.socket.once('connect', () => (this.reached = true));
    this.socket.on('error', (error) => (this.failure = error.message));
    this.socket.on('close', () => this.closed());
  }

  /** Also ends the session that it led to, at once. */
  abort(): void {
    this.failure = 'closed by this node';
    this.frames?.destroy(this.failure);
    this.socket.destroy();
  }

  private connected(): void {
    const { context, target, socket } = this;
    const handshake = new DiallerHandshake(context.party(), target.lane, target.expected);
    this.frames = shakeHands(socket, handshake, context.counters, target.address, {
      agreed: (through, agreement) => {
        clearTimeout(this.deadline);
        this.resolve(new DialledSession(through, agreement, context.limits, context.counters));
      },
      failed: (reason, refusal) => this.fail('refused', refusal?.message ?? duringHandshake(reason)),
    });
  }

  private tooSlow(): void {
    const refusal = new Refusal('slow', `no handshake within ${this.context.limits.handshakeMs} ms`);
    if (this.frames !== null) return this.frames.refuse(refusal);
    this.failure = refusal.message;
    this.socket.destroy();
  }

  private closed(): void {
    if (this.frames !== null) return;
    if (!this.reached) return this.fail('unreachable', this.failure);
    this.context.counters.refuse(new Refusal('tls', this.failure), this.target.address);
    this.fail('refused', this.failure);
  }

  private fail(code: PeerErrorCode, reason: string): void {
    clearTimeout(this.deadline);
    this.reject(new PeerError(code, `${this.target.address}: ${reason}`));
  }
}

/** It may come from a peer, so it can be anything. */
function addressOf({ address }: Target): Address {
  try {
    return parseAddress(address);
  } catch (error) {
    throw new PeerError('unreachable', (error as RangeError).message);
  }
}

function duringHandshake(reason: string): string {
  return `${reason}, during the handshake: it may know another cluster secret, or ask for a certificate`;
}
