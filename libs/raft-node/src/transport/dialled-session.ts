import { memberId } from '@config-guardian/raft';
import type { MemberId, Message } from '@config-guardian/raft';
import { FRAME } from './frame';
import type { FrameSocket } from './frame-socket';
import type { Agreement } from './handshake';
import { messageFrame } from './message-codec';
import { PendingRequests } from './pending-requests';
import { Refusal } from './refusal';
import { controlFrame, readAnswer, readFailure, requestFrame } from './request-frames';
import { SealedConnection } from './sealed-connection';
import type { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';
import type { PeerIdentity } from './transport';
import { PeerError } from './transport';

/** A connection that this node has made: its messages and requests go out, answers come back. */
export class DialledSession {
  readonly peer: PeerIdentity;
  onClose: (reason: string) => void = () => undefined;
  /** Nothing was asked for a while. */
  onIdle: () => void = () => undefined;
  private readonly connection: SealedConnection;
  private readonly pending = new PendingRequests();
  private readonly from: MemberId;
  private readonly to: MemberId;
  private readonly sameCluster: boolean;
  private retired = false;
  private idleTicks = 0;

  constructor(
    socket: FrameSocket,
    agreement: Agreement,
    private readonly limits: TransportLimits,
    counters: TransportCounters,
  ) {
    this.peer = agreement.peer;
    this.from = memberId(agreement.own.nodeId, agreement.own.incarnation);
    this.to = memberId(agreement.peer.nodeId, agreement.peer.incarnation);
    this.sameCluster = agreement.sameCluster;
    this.connection = new SealedConnection(socket, agreement, limits, counters, {
      onFrame: (type, payload) => this.received(type, payload),
      onTick: () => this.tick(),
      onClose: (reason) => this.closed(reason),
    });
  }

  /** False when the message was dropped: no room, or not from and to the members that shook hands. */
  send(message: Message): boolean {
    if (!this.sameCluster || message.from !== this.from || message.to !== this.to) return false;
    const frame = messageFrame(message);
    if (frame.bound > this.limits.frameBytes || !this.connection.hasRoomFor(frame)) return false;
    this.connection.push(frame);
    return true;
  }

  request(method: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const sample = requestFrame(0, method, body);
    if (sample.bound > this.limits.frameBytes) {
      return refused('too-large', `a request of ${body.byteLength} bytes`);
    }
    if (this.pending.size >= this.limits.requestsInFlight || !this.connection.hasRoomFor(sample)) {
      return refused('unreachable', 'too many requests wait for an answer');
    }
    this.idleTicks = 0;
    const { frame, answer } = this.pending.add(
      (id) => requestFrame(id, method, body),
      timeoutMs,
      () => this.endWhenRetired(),
    );
    this.connection.push(frame);
    return answer;
  }

  /** Takes nothing new, and closes when the last answer is there. */
  retire(): void {
    this.retired = true;
    this.endWhenRetired();
  }

  end(reason: string): void {
    this.connection.end(reason);
  }

  destroy(reason: string): void {
    this.connection.destroy(reason);
  }

  private received(type: number, payload: Buffer): void {
    if (type === FRAME.answer) {
      const { id, body } = readAnswer(payload);
      this.pending.answered(id, body);
    } else if (type === FRAME.failure) {
      const { id, code, message } = readFailure(payload);
      this.pending.failed(id, new PeerError(code, message));
    } else if (type !== FRAME.pong) {
      throw new Refusal('protocol', `a frame of type ${type} in an answer's direction`);
    }
  }

  private tick(): void {
    this.connection.push(controlFrame(FRAME.ping));
    this.idleTicks = this.pending.size > 0 ? 0 : this.idleTicks + 1;
    if (this.idleTicks * this.limits.pingMs >= this.limits.idleMs) this.onIdle();
  }

  private endWhenRetired(): void {
    if (this.retired && this.pending.size === 0) this.connection.end('replaced');
  }

  private closed(reason: string): void {
    this.pending.connectionClosed(reason);
    this.onClose(reason);
  }
}

function refused(code: string, message: string): Promise<never> {
  return Promise.reject(new PeerError(code, message));
}
