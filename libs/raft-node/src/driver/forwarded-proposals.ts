/** Several proposals in one request to the leader: for each its length (u32, little-endian) and its command, header included. */
export function encodeForwarded(commands: readonly Uint8Array[]): Buffer {
  const out = Buffer.allocUnsafe(commands.reduce((sum, command) => sum + 4 + command.byteLength, 0));
  let at = 0;
  for (const command of commands) {
    at = out.writeUInt32LE(command.byteLength, at);
    out.set(command, at);
    at += command.byteLength;
  }
  return out;
}

/** Copies once: the commands live on in the log, the request's buffer does not. */
export function decodeForwarded(body: Uint8Array, least: number, most: number): Buffer[] {
  const bytes = Buffer.from(body);
  const commands: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0;
    const end = at + 4 + length;
    if (length < least || length > most || end > bytes.length)
      throw new RangeError('a forwarded proposal is malformed');
    commands.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (commands.length === 0) throw new RangeError('a request forwards no proposal');
  return commands;
}

export function encodePlace(index: number, term: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeBigUInt64LE(BigInt(index), 0);
  out.writeBigUInt64LE(BigInt(term), 8);
  return out;
}

export function decodePlace(body: Uint8Array): { readonly index: number; readonly term: number } {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return { index: Number(view.readBigUInt64LE(0)), term: Number(view.readBigUInt64LE(8)) };
}
