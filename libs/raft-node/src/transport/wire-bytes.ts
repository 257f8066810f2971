import { Refusal } from './refusal';

/** A safe integer as a base-128 number, low digits first, takes at most this many bytes. */
export const COUNT_BYTES = 8;

export function writeCount(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[at++] = rest;
  return at;
}

/** What `writeText` takes at the most: UTF-8 has up to three bytes for each UTF-16 unit. */
export function textBound(text: string): number {
  return COUNT_BYTES + text.length * 3;
}

export function writeText(out: Buffer, at: number, text: string): number {
  const start = writeCount(out, at, Buffer.byteLength(text));
  return start + out.write(text, start);
}

/** Reads what came from outside; whatever does not fit is a refusal. */
export class WireReader {
  private at = 0;

  constructor(private readonly from: Buffer) {}

  byte(): number {
    this.need(1);
    return this.from[this.at++]!;
  }

  count(): number {
    let value = 0;
    let digit = 1;
    for (let length = 1; length <= COUNT_BYTES; length++) {
      const byte = this.byte();
      value += (byte & 0x7f) * digit;
      if (byte < 0x80) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
      digit *= 0x80;
    }
    throw new Refusal('malformed', 'a number is beyond the safe integers');
  }

  /** How many things follow, each of at least one byte: no more than there are bytes. */
  amount(): number {
    const amount = this.count();
    this.need(amount);
    return amount;
  }

  bytes(): Buffer {
    const length = this.amount();
    this.at += length;
    return this.from.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  rest(): Buffer {
    const rest = this.from.subarray(this.at);
    this.at = this.from.length;
    return rest;
  }

  end(): void {
    if (this.at !== this.from.length) throw new Refusal('malformed', `${this.from.length - this.at} bytes too many`);
  }

  private need(count: number): void {
    if (count > this.from.length - this.at) throw new Refusal('malformed', 'a field is cut short');
  }
}
