import { FRAME_HEADER, writeFrameHeader } from './frame';
import type { OutgoingFrame } from './outgoing-frame';
import { RECORD_HEADER } from './seal';

/** A record is closed when it has grown to this; one frame may be larger. */
const RECORD_BYTES = 256 << 10;

/** Frames in order, waiting for the socket. They are encoded when they leave, once, into the bytes that are sent. */
export class SendQueue {
  private frames: OutgoingFrame[] = [];
  private next = 0;
  private held = 0;

  get bytes(): number {
    return this.held;
  }

  get length(): number {
    return this.frames.length - this.next;
  }

  push(frame: OutgoingFrame): void {
    this.frames.push(frame);
    this.held += frame.bound;
  }

  /** The next record, with room for its header and seal; null when nothing waits. */
  take(): { readonly record: Buffer; readonly frames: number } | null {
    const taken = this.takeFrames();
    if (taken.length === 0) return null;
    const bound = taken.reduce((sum, frame) => sum + FRAME_HEADER + frame.bound, RECORD_HEADER);
    const record = Buffer.allocUnsafe(bound);
    let at = RECORD_HEADER;
    for (const frame of taken) {
      const start = at + FRAME_HEADER;
      const end = frame.write(record, start);
      writeFrameHeader(record, at, frame.type, end - start);
      frame.sent = true;
      at = end;
    }
    return { record: record.subarray(0, at), frames: taken.length };
  }

  private takeFrames(): OutgoingFrame[] {
    const taken: OutgoingFrame[] = [];
    for (let size = 0; this.next < this.frames.length; this.next++) {
      const frame = this.frames[this.next]!;
      if (frame.cancelled !== true) {
        if (taken.length > 0 && size + frame.bound > RECORD_BYTES) break;
        size += frame.bound;
        taken.push(frame);
      }
      this.held -= frame.bound;
    }
    this.forgetTaken();
    return taken;
  }

  private forgetTaken(): void {
    if (this.next === this.frames.length) this.frames = [];
    else if (this.next < 1024) return;
    else this.frames = this.frames.slice(this.next);
    this.next = 0;
  }
}
