/**
 * Before the proposed bytes stand 20 bytes in the data of a command's entry, little-endian: the leader's time (8,
 * milliseconds since the epoch), the random number of the process that proposed (6) and its count of proposals (6).
 * By the last two a node knows its own proposals again, whichever attempt of them was committed.
 */
export const HEADER_BYTES = 20;

const SPAN = 2 ** 32;

/** The bytes of a proposal with room for the stamp, which whoever leads fills in. */
export function withHeader(origin: number, count: number, data: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(HEADER_BYTES + data.byteLength);
  out.fill(0, 0, 8);
  out.writeUIntLE(origin, 8, 6);
  out.writeUIntLE(count, 14, 6);
  out.set(data, HEADER_BYTES);
  return out;
}

export function stamp(command: Buffer, at: number): void {
  command.writeUInt32LE(at % SPAN, 0);
  command.writeUInt32LE(Math.floor(at / SPAN), 4);
}

export interface CommandHeader {
  readonly at: number;
  readonly origin: number;
  readonly count: number;
}

export function headerOf(command: Uint8Array): CommandHeader {
  const view = Buffer.from(command.buffer, command.byteOffset, command.byteLength);
  const at = view.readUInt32LE(0) + view.readUInt32LE(4) * SPAN;
  return { at, origin: view.readUIntLE(8, 6), count: view.readUIntLE(14, 6) };
}
