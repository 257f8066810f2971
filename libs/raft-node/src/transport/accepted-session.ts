import { memberId } from '@config-guardian/raft';
import type { MemberId } from '@config-guardian/raft';
import { FRAME } from './frame';
import type { FrameSocket } from './frame-socket';
import type { Agreement } from './handshake';
import type { ConnectionLane } from './hello';
import { decodeMessage } from './message-codec';
import type { OutgoingFrame } from './outgoing-frame';
import { Refusal } from './refusal';
import { answerFrame, controlFrame, failureFrame, readRequest } from './request-frames';
import { SealedConnection } from './sealed-connection';
import type { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';
import type { PeerIdentity, TransportHandlers } from './transport';

/** A connection that a peer has made: its messages and requests come in, answers go back. */
export class AcceptedSession {
  private readonly connection: SealedConnection;
  private readonly peer: PeerIdentity;
  readonly from: MemberId;
  readonly lane: ConnectionLane;
  private readonly to: MemberId;
  private readonly takesMessages: boolean;
  private answering = 0;
  private retired = false;

  constructor(
    socket: FrameSocket,
    agreement: Agreement,
    private readonly limits: TransportLimits,
    counters: TransportCounters,
    private readonly handlers: TransportHandlers,
    onClose: () => void,
  ) {
    this.peer = agreement.peer;
    this.from = memberId(agreement.peer.nodeId, agreement.peer.incarnation);
    this.to = memberId(agreement.own.nodeId, agreement.own.incarnation);
    this.lane = agreement.lane;
    this.takesMessages = agreement.sameCluster && agreement.lane === 'messages';
    this.connection = new SealedConnection(socket, agreement, limits, counters, {
      onFrame: (type, payload) => this.received(type, payload),
      onTick: () => undefined,
      onClose,
    });
  }

  /** Closes as soon as what was asked is answered; the peer comes again. */
  retire(): void {
    this.retired = true;
    if (this.answering === 0) this.connection.end('replaced');
  }

  end(reason: string): void {
    this.connection.end(reason);
  }

  destroy(reason: string): void {
    this.connection.destroy(reason);
  }

  private received(type: number, payload: Buffer): void {
    switch (type) {
      case FRAME.message:
        if (!this.takesMessages) throw new Refusal('cluster', 'a message on a connection that is not for messages');
        return this.handlers.onMessage(decodeMessage(payload, this.from, this.to), this.peer);
      case FRAME.request:
        return this.answer(readRequest(payload));
      case FRAME.ping:
        return this.connection.push(controlFrame(FRAME.pong));
      default:
        throw new Refusal('protocol', `a frame of type ${type} in a request's direction`);
    }
  }

  private answer({ id, method, body }: ReturnType<typeof readRequest>): void {
    if (this.answering >= this.limits.requestsInFlight) {
      this.connection.push(failureFrame(id, 'overloaded', 'too many requests wait for an answer'));
      return;
    }
    this.answering += 1;
    void this.outcome(id, method, body).then((frame) => {
      this.answering -= 1;
      this.connection.push(frame);
      if (this.retired) this.retire();
    });
  }

  private async outcome(id: number, method: string, body: Buffer): Promise<OutgoingFrame> {
    try {
      const frame = answerFrame(id, await this.handlers.onRequest(method, body, this.peer));
      if (frame.bound <= this.limits.frameBytes) return frame;
      return failureFrame(id, 'too-large', `the answer would have ${frame.bound} bytes`);
    } catch (error) {
      return failureFrame(id, codeOf(error), error instanceof Error ? error.message : String(error));
    }
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'failed';
}
