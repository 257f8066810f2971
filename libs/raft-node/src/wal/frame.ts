import { crc32c } from '../crc32c';

/**
 * A frame is one batch: what was made durable by one sync. 32 bytes of header, little-endian, then the payload, padded
 * with zeroes to a multiple of 8:
 *
 *   0 magic u32 | 4 payload length u32 | 8 batch number u64 | 16 header checksum of the frame before u32 (the chain)
 *   20 payload checksum u32 (with its padding) | 24 kind u8, three zero bytes | 28 checksum of bytes 0-27 u32
 *
 * The header has a checksum of its own so that a flipped length is known from a frame whose end was never written.
 */
export type FrameKind = 'batch' | 'segment';

export interface Frame {
  readonly kind: FrameKind;
  readonly batch: number;
  readonly previous: number;
  /** The checksum of this frame's header, which the next frame carries as `previous`. */
  readonly checksum: number;
  readonly offset: number;
  readonly end: number;
  readonly payload: Buffer;
}

export const FRAME_HEADER = 32;
export const MAX_PAYLOAD_BYTES = 64 << 20;
/** 0xFF and 0xFE occur in no UTF-8 text, so no JSON in a payload can look like a frame. */
const MAGIC = 0xfe4743ff;
const SECTOR = 512;

export function frameSize(payloadBytes: number): number {
  return FRAME_HEADER + Math.ceil(payloadBytes / 8) * 8;
}

export function encodeFrame(kind: FrameKind, batch: number, previous: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (length > MAX_PAYLOAD_BYTES)
    throw new RangeError(`A batch of ${length} bytes is larger than a frame may be (${MAX_PAYLOAD_BYTES}).`);
  const out = Buffer.allocUnsafe(frameSize(length));
  let at = FRAME_HEADER;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  out.fill(0, at);
  out.writeUInt32LE(MAGIC, 0);
  out.writeUInt32LE(length, 4);
  out.writeUInt32LE(batch % 2 ** 32, 8);
  out.writeUInt32LE(Math.floor(batch / 2 ** 32), 12);
  out.writeUInt32LE(previous, 16);
  out.writeUInt32LE(crc32c(out, FRAME_HEADER), 20);
  out.writeUInt32LE(kind === 'batch' ? 0 : 1, 24);
  out.writeUInt32LE(crc32c(out, 0, 28), 28);
  return out;
}

export function checksumOf(frame: Buffer): number {
  return frame.readUInt32LE(28);
}

/** The frame at `offset`, whole and unharmed, or why there is none. `harmed` means that only the payload fails its check. */
export function readFrame(bytes: Buffer, offset: number): Frame | 'no-header' | 'harmed' {
  const end = headerEnd(bytes, offset);
  if (end === undefined) return 'no-header';
  const length = bytes.readUInt32LE(offset + 4);
  const from = offset + FRAME_HEADER;
  if (end > bytes.length || bytes.readUInt32LE(offset + 20) !== crc32c(bytes, from, end)) return 'harmed';
  return {
    kind: bytes.readUInt32LE(offset + 24) === 0 ? 'batch' : 'segment',
    batch: bytes.readUInt32LE(offset + 8) + bytes.readUInt32LE(offset + 12) * 2 ** 32,
    previous: bytes.readUInt32LE(offset + 16),
    checksum: bytes.readUInt32LE(offset + 28),
    offset,
    end,
    payload: bytes.subarray(from, from + length),
  };
}

function headerEnd(bytes: Buffer, offset: number): number | undefined {
  if (offset + FRAME_HEADER > bytes.length || bytes.readUInt32LE(offset) !== MAGIC) return undefined;
  const length = bytes.readUInt32LE(offset + 4);
  if (length > MAX_PAYLOAD_BYTES || bytes.readUInt32LE(offset + 28) !== crc32c(bytes, offset, offset + 28))
    return undefined;
  return offset + frameSize(length);
}

export type Tail =
  | { readonly kind: 'clean' }
  | { readonly kind: 'torn'; readonly end: number }
  | { readonly kind: 'damaged'; readonly reason: string };

/**
 * What lies behind the last good frame. A torn batch is one whose sync never returned: nothing was written after it, and
 * at least one of its 512-byte sectors still holds the zeroes of the preallocation. Anything else was once synced.
 */
export function classifyTail(bytes: Buffer, offset: number): Tail {
  const end = lastNonZero(bytes, offset);
  if (end === offset) return { kind: 'clean' };
  for (let at = offset; at + FRAME_HEADER <= end; at += 8) {
    if (typeof readFrame(bytes, at) === 'object')
      return { kind: 'damaged', reason: `the frame is bad and a good one follows at byte ${at}` };
  }
  const frameEnd = headerEnd(bytes, offset);
  if (frameEnd !== undefined && end > frameEnd)
    return { kind: 'damaged', reason: 'the frame is bad and more was written after it' };
  const limit = Math.min(frameEnd ?? offset + FRAME_HEADER, bytes.length);
  if (hasEmptySector(bytes, offset, limit)) return { kind: 'torn', end };
  const isCut = frameEnd !== undefined && frameEnd > bytes.length;
  const whole = 'the frame was written whole and its checksum does not fit';
  return { kind: 'damaged', reason: isCut ? 'the file ends inside a frame' : whole };
}

function hasEmptySector(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at = (Math.floor(at / SECTOR) + 1) * SECTOR) {
    const pieceEnd = Math.min((Math.floor(at / SECTOR) + 1) * SECTOR, to);
    if (lastNonZero(bytes.subarray(0, pieceEnd), at) === at) return true;
  }
  return false;
}

/** The end of the last non-zero byte at or after `from`; `from` itself when all is zero. */
function lastNonZero(bytes: Buffer, from: number): number {
  let end = bytes.length;
  while (end - 4096 >= from && ZEROES.equals(bytes.subarray(end - 4096, end))) end -= 4096;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}

const ZEROES = Buffer.alloc(4096);
