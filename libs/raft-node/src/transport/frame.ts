import { Refusal } from './refusal';

/** A frame is a length (u32, little-endian), a type (u8), and as many bytes of payload. */
export const FRAME_HEADER = 5;

/** Outside: the handshake, then nothing but sealed records. Inside a record: all the others. */
export const FRAME = {
  hello: 1,
  proof: 2,
  sealed: 3,
  message: 16,
  request: 17,
  answer: 18,
  failure: 19,
  ping: 20,
  pong: 21,
} as const;

export type OnFrame = (type: number, payload: Buffer) => void;

export function writeFrameHeader(out: Buffer, at: number, type: number, length: number): void {
  out.writeUInt32LE(length, at);
  out[at + 4] = type;
}

export function frame(type: number, payload: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEADER + payload.byteLength);
  writeFrameHeader(out, 0, type, payload.byteLength);
  out.set(payload, FRAME_HEADER);
  return out;
}

/** Frames out of a stream of chunks. What lies within one chunk is handed on as a view, never copied. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;
  private needed = FRAME_HEADER;
  private stopped = false;

  /** A longer payload is refused as soon as its header is there. */
  constructor(public limit: number) {}

  push(chunk: Buffer, onFrame: OnFrame): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return;
    const data = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.held);
    this.keep(data.subarray(this.readFrames(data, onFrame)));
  }

  /** No frame is handed on after this, not even one that is here already. */
  stop(): void {
    this.stopped = true;
  }

  private readFrames(data: Buffer, onFrame: OnFrame): number {
    let at = 0;
    this.needed = FRAME_HEADER;
    while (!this.stopped && data.length - at >= FRAME_HEADER) {
      const length = data.readUInt32LE(at);
      if (length > this.limit) {
        throw new Refusal('frame-too-large', `a frame of ${length} bytes, where ${this.limit} are allowed`);
      }
      const start = at + FRAME_HEADER;
      if (start + length > data.length) {
        this.needed = FRAME_HEADER + length;
        break;
      }
      at = start + length;
      onFrame(data[start - 1]!, data.subarray(start, at));
    }
    return at;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 && !this.stopped ? [rest] : [];
    this.held = this.chunks.length > 0 ? rest.length : 0;
  }
}

/** The frames of a record that is here as a whole: nothing may be left over. */
export function readFrames(record: Buffer, onFrame: OnFrame): void {
  let at = 0;
  while (at < record.length) {
    const start = at + FRAME_HEADER;
    const end = start <= record.length ? start + record.readUInt32LE(at) : Infinity;
    if (end > record.length) throw new Refusal('malformed', 'a frame is longer than its record');
    onFrame(record[start - 1]!, record.subarray(start, end));
    at = end;
  }
}
