import type { Socket } from 'node:net';
import type { OnFrame } from './frame';
import { FrameReader } from './frame';
import { Refusal } from './refusal';
import type { TransportCounters } from './transport-counters';
import { HANDSHAKE_FRAME_BYTES } from './transport-limits';

export interface FrameSocketEvents {
  onFrame: OnFrame;
  /** Something arrived, perhaps only a part of a frame. */
  onBytes(): void;
  onDrain(): void;
  /** Once, and last. */
  onClose(): void;
}

/** A socket, plain or TLS, as a stream of frames. Whatever breaks the rules closes it, and is counted. */
export class FrameSocket {
  /** Why it was closed, as far as this side knows. */
  reason = 'the other side closed the connection';
  refusal: Refusal | null = null;
  private readonly reader = new FrameReader(HANDSHAKE_FRAME_BYTES);
  private events: FrameSocketEvents;
  private open = true;

  constructor(
    private readonly socket: Socket,
    private readonly counters: TransportCounters,
    /** For the log: the address, later the node too. */
    public peerName: string,
    events: FrameSocketEvents,
  ) {
    this.events = events;
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('drain', () => this.events.onDrain());
    socket.on('error', (error) => (this.reason = error.message));
    socket.on('close', () => this.closed());
  }

  /** From the next frame on, `events` and the new limit hold. */
  handOver(events: FrameSocketEvents, limit: number): void {
    this.events = events;
    this.reader.limit = limit;
  }

  /** False when the socket wants to be left alone until `onDrain`. */
  write(bytes: Buffer): boolean {
    if (!this.open) return false;
    this.counters.bytesSent += bytes.length;
    return this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  refuse(refusal: Refusal): void {
    if (this.noteRefusal(refusal)) this.destroy(refusal.message);
  }

  /** The same, but what was written last still reaches the other side, which can see for itself what is wrong. */
  refuseAfterAnswer(refusal: Refusal): void {
    if (this.noteRefusal(refusal)) this.end(refusal.message);
  }

  /** What is written still leaves. */
  end(reason: string): void {
    this.stop(reason);
    // The other side ends too when it sees that; until then it is read, or a reset could overtake what was written.
    this.socket.resume();
    this.socket.end();
  }

  destroy(reason: string): void {
    this.stop(reason);
    this.socket.destroy();
  }

  private noteRefusal(refusal: Refusal): boolean {
    if (this.refusal !== null || !this.open) return false;
    this.counters.refuse(refusal, this.peerName);
    this.refusal = refusal;
    return true;
  }

  private stop(reason: string): void {
    if (this.open) this.reason = reason;
    this.open = false;
    this.reader.stop();
  }

  private received(chunk: Buffer): void {
    this.counters.bytesReceived += chunk.length;
    if (!this.open) return;
    this.events.onBytes();
    try {
      this.reader.push(chunk, (type, payload) => this.events.onFrame(type, payload));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error);
    }
  }

  private closed(): void {
    this.open = false;
    this.reader.stop();
    this.events.onClose();
  }
}
