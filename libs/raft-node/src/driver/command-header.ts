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

/** Read byte by byte: a view of each entry, twice in its life, would cost more than all else that is done with it here. */
export function timeOf(command: Uint8Array): number {
  return lowFour(command, 0) + lowFour(command, 4) * SPAN;
}

export function originOf(command: Uint8Array): number {
  return lowFour(command, 8) + lowTwo(command, 12) * SPAN;
}

export function countOf(command: Uint8Array): number {
  return lowFour(command, 14) + lowTwo(command, 18) * SPAN;
}

function lowFour(bytes: Uint8Array, at: number): number {
  return lowTwo(bytes, at) + lowTwo(bytes, at + 2) * 2 ** 16;
}

function lowTwo(bytes: Uint8Array, at: number): number {
  return bytes[at]! + bytes[at + 1]! * 2 ** 8;
}
