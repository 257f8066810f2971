import type { CommittedEntry } from './replicated-log';
import type { LogEntry } from './wal/record';

/** The leader's time stands before the proposed bytes: 8 bytes, milliseconds since the epoch, little-endian. */
const STAMP_BYTES = 8;

export function stamped(at: number, data: Uint8Array | null): Buffer {
  const out = Buffer.allocUnsafe(STAMP_BYTES + (data?.byteLength ?? 0));
  out.writeUInt32LE(at % 2 ** 32, 0);
  out.writeUInt32LE(Math.floor(at / 2 ** 32), 4);
  if (data !== null) out.set(data, STAMP_BYTES);
  return out;
}

export function committed({ index, term, kind, data }: LogEntry): CommittedEntry {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const at = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  return { index, term, at, data: kind === 'command' ? data.subarray(STAMP_BYTES) : null };
}
