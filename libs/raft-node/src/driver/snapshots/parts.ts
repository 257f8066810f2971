import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32c } from '../../crc32c';

export interface ChunkRequest {
  readonly id: string;
  readonly file: string;
  readonly offset: number;
}

export interface HistoryRequest {
  readonly id: string;
  readonly after: number;
  readonly cursor: string | null;
}

export type Outcome = 'installed' | 'stale' | 'failed';

/** Bytes of a file in one answer. */
export const CHUNK_BYTES = 256 << 10;

/** An answer of the bulk lane: length and text of `next` ('' for none), CRC-32C of the part, the part. */
export function encodePart(part: Uint8Array, next: string | null = null): Buffer {
  const head = Buffer.from(JSON.stringify(next));
  const out = Buffer.allocUnsafe(8 + head.length + part.byteLength);
  out.writeUInt32LE(head.length, 0);
  out.writeUInt32LE(crc32c(part), 4);
  out.set(head, 8);
  out.set(part, 8 + head.length);
  return out;
}

/** Throws when the part is not what was sent. */
export function decodePart(body: Uint8Array): { readonly part: Buffer; readonly next: string | null } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const start = 8 + bytes.readUInt32LE(0);
  const part = bytes.subarray(start);
  if (crc32c(part) !== bytes.readUInt32LE(4)) throw new RangeError('a part of the snapshot arrived damaged');
  const next: unknown = JSON.parse(bytes.toString('utf8', 8, start));
  if (next !== null && typeof next !== 'string') throw new RangeError('a part of the snapshot is malformed');
  return { part, next };
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
