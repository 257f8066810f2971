import { FRAME, readFrames } from './frame';
import type { FrameSocket } from './frame-socket';
import type { Agreement } from './handshake';
import type { OutgoingFrame } from './outgoing-frame';
import { Refusal } from './refusal';
import { Opener, Sealer } from './seal';
import { SendQueue } from './send-queue';
import type { TransportCounters } from './transport-counters';
import type { TransportLimits } from './transport-limits';

/** What a record has beside one frame of the largest size. */
const RECORD_OVERHEAD = 64;

export interface SealedConnectionEvents {
  /** `payload` is a view into what arrived. */
  onFrame(type: number, payload: Buffer): void;
  /** Each `pingMs`, as long as the connection lives. */
  onTick(): void;
  onClose(reason: string): void;
}

/** A connection after its handshake: frames in order, in sealed records, in both directions. */
export class SealedConnection {
  private readonly queue = new SendQueue();
  private readonly sealer: Sealer;
  private readonly opener: Opener;
  private readonly timer: NodeJS.Timeout;
  private flushing = false;
  private blocked = false;
  private paused = false;
  private closing = false;
  private silentTicks = 0;

  constructor(
    private readonly socket: FrameSocket,
    { sendKey, receiveKey }: Agreement,
    private readonly limits: TransportLimits,
    private readonly counters: TransportCounters,
    private readonly events: SealedConnectionEvents,
  ) {
    this.sealer = new Sealer(sendKey);
    this.opener = new Opener(receiveKey);
    socket.handOver(
      {
        onFrame: (type, payload) => this.received(type, payload),
        onBytes: () => (this.silentTicks = 0),
        onDrain: () => this.drained(),
        onClose: () => this.closed(),
      },
      limits.frameBytes + RECORD_OVERHEAD,
    );
    this.timer = setInterval(() => this.tick(), limits.pingMs);
  }

  /** Whether a frame may be pushed without going beyond the bounds. */
  hasRoomFor(frame: OutgoingFrame): boolean {
    const { queueBytes, queueFrames } = this.limits;
    return !this.closing && this.queue.length < queueFrames && this.queue.bytes + frame.bound <= queueBytes;
  }

  /** Leaves at the end of this turn, together with what else was pushed in it, as soon as the socket takes it. */
  push(frame: OutgoingFrame): void {
    if (this.closing) return;
    this.queue.push(frame);
    if (this.flushing || this.blocked) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  /** Sends what waits, then closes. */
  end(reason: string): void {
    if (this.closing) return;
    while (this.sendRecord());
    this.closing = true;
    this.socket.end(reason);
  }

  refuse(refusal: Refusal): void {
    this.closing = true;
    this.socket.refuse(refusal);
  }

  destroy(reason: string): void {
    this.closing = true;
    this.socket.destroy(reason);
  }

  private flush(): void {
    this.flushing = false;
    while (!this.blocked && !this.closing && this.sendRecord());
    this.holdBack();
  }

  /** False when nothing waits. */
  private sendRecord(): boolean {
    const taken = this.queue.take();
    if (taken === null) return false;
    this.sealer.seal(taken.record);
    this.counters.framesSent += taken.frames;
    this.blocked = !this.socket.write(taken.record);
    return true;
  }

  /** Who does not take its answers is not asked for more of its requests. */
  private holdBack(): void {
    const full = this.queue.bytes > this.limits.queueBytes;
    if (full === this.paused) return;
    this.paused = full;
    if (full) this.socket.pause();
    else this.socket.resume();
  }

  private drained(): void {
    this.silentTicks = 0;
    this.blocked = false;
    this.flush();
  }

  private received(type: number, payload: Buffer): void {
    if (type !== FRAME.sealed) throw new Refusal('protocol', `a frame of type ${type} without a seal`);
    readFrames(this.opener.open(payload), (inner, body) => {
      if (this.closing) return;
      this.counters.framesReceived += 1;
      this.events.onFrame(inner, body);
    });
  }

  /** Ticks are counted, not time: a process that was stopped for a while must not blame its peers. */
  private tick(): void {
    this.silentTicks += 1;
    const silence = this.silentTicks * this.limits.pingMs;
    if (silence <= this.limits.silenceMs) return this.events.onTick();
    if (this.closing) this.socket.destroy('it did not take what was left to send');
    else this.refuse(new Refusal('silent', `nothing moved for ${silence} ms`));
  }

  private closed(): void {
    this.closing = true;
    clearInterval(this.timer);
    this.events.onClose(this.socket.reason);
  }
}
