import type { Socket } from 'node:net';
import { FrameSocket } from './frame-socket';
import type { Agreement, Handshake } from './handshake';
import type { Refusal } from './refusal';
import type { TransportCounters } from './transport-counters';

export interface HandshakeEvents {
  /** Runs before the next frame is read, so that none is lost between the two stages. */
  agreed(socket: FrameSocket, agreement: Agreement): void;
  /** Closed before that. `refusal` is set when this side did it. */
  failed(reason: string, refusal: Refusal | null): void;
}

/** Takes a connected socket through a handshake. The deadline is the caller's. */
export function shakeHands(
  socket: Socket,
  handshake: Handshake,
  counters: TransportCounters,
  peerName: string,
  events: HandshakeEvents,
): FrameSocket {
  const frames = new FrameSocket(socket, counters, peerName, {
    onFrame: (type, payload) => {
      const { send, agreement, refusal } = handshake.receive(type, payload);
      if (send !== undefined) frames.write(send);
      if (refusal !== undefined) frames.refuseAfterAnswer(refusal);
      if (agreement === undefined) return;
      counters.connections += 1;
      frames.peerName = `${agreement.peer.nodeId} at ${peerName}`;
      events.agreed(frames, agreement);
    },
    onBytes: () => undefined,
    onDrain: () => undefined,
    onClose: () => events.failed(frames.reason, frames.refusal),
  });
  const first = handshake.begin();
  if (first !== null) frames.write(first);
  return frames;
}
