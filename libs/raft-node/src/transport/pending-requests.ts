import type { OutgoingFrame } from './outgoing-frame';
import { PeerError } from './transport';

/** Node's timers fire at once beyond this. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

interface Pending {
  readonly frame: OutgoingFrame;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: PeerError) => void;
}

/** Requests of one connection that have no answer yet. */
export class PendingRequests {
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;

  get size(): number {
    return this.pending.size;
  }

  add(frameOf: (id: number) => OutgoingFrame, timeoutMs: number, onSettled: () => void) {
    const id = (this.lastId += 1);
    const frame = frameOf(id);
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const timer = setTimeout(() => this.timedOut(id, timeoutMs), Math.min(timeoutMs, LONGEST_TIMEOUT_MS));
      this.pending.set(id, { frame, timer, resolve, reject });
    });
    return { frame, answer: answer.finally(onSettled) };
  }

  answered(id: number, body: Uint8Array): void {
    this.take(id)?.resolve(body);
  }

  failed(id: number, error: PeerError): void {
    this.take(id)?.reject(error);
  }

  connectionClosed(reason: string): void {
    for (const [id, { frame }] of [...this.pending]) {
      this.failed(id, new PeerError(frame.sent === true ? 'disconnected' : 'unreachable', reason));
    }
  }

  private timedOut(id: number, timeoutMs: number): void {
    const frame = this.pending.get(id)!.frame;
    frame.cancelled = true;
    const code = frame.sent === true ? 'timeout' : 'unreachable';
    this.failed(id, new PeerError(code, `no answer within ${Math.round(timeoutMs)} ms`));
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    if (pending !== undefined) {
      clearTimeout(pending.timer);
      this.pending.delete(id);
    }
    return pending;
  }
}
