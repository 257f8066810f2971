import { deserialize, serialize } from 'node:v8';

const headBytes = 4;

/** A message as it goes over the channel between the node and a read worker: its length, then its bytes. */
export function frame(message: unknown): Buffer {
  const body = serialize(message);
  const bytes = Buffer.allocUnsafe(headBytes + body.length);
  bytes.writeUInt32BE(body.length);
  body.copy(bytes, headBytes);
  return bytes;
}

/** Gives every message once, whole and in order, however the bytes were cut. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = headBytes;

  constructor(private readonly onMessage: (message: unknown) => void) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Until then nothing is joined, so that a long message is copied once.
    if (this.#bytes < this.#wanted) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (this.#wanted = wantedOf(rest); rest.length >= this.#wanted; this.#wanted = wantedOf(rest)) {
      const body = rest.subarray(headBytes, this.#wanted);
      rest = rest.subarray(this.#wanted);
      this.onMessage(deserialize(body));
    }
    this.#chunks = [rest];
    this.#bytes = rest.length;
  }
}

const wantedOf = (bytes: Buffer): number => (bytes.length < headBytes ? headBytes : headBytes + bytes.readUInt32BE());
