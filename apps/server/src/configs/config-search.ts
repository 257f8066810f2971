import type { PassedRow } from '../consensus/state/row-store';
import type { ConfigEntity } from './config.entity';

/** Bits of a signature: a power of two, at least as many as the config has characters, between these. */
const smallest = 64;
const largest = 65_536;
const scratch = Buffer.alloc(largest / 8);

/** By UTF-16 unit, what a regular expression that ignores the case takes it for (ECMA-262, Canonicalize). */
const canonical = Uint16Array.from({ length: 65_536 }, (_, code) => {
  const upper = String.fromCharCode(code).toUpperCase();
  const isOther = upper.length > 1 || (code >= 128 && upper.charCodeAt(0) < 128);
  return isOther ? code : upper.charCodeAt(0);
});

/** What it takes to look at a config and to sign a text, in characters that are searched in the same time. */
const effortOfLook = 32;
const effortOfSigning = 4;

/** Three characters in a row, whatever their case, as the bit for them in the largest signature. */
type Gram = number;

/**
 * Finds a text in keys and contents, upper or lower case. An index that every update has to keep would cost it several
 * times what the rest of it costs; so nothing is kept but, beside each config that a search has met, a signature: which
 * three characters in a row it holds, in so few bits that some stand for several. It rules nearly all configs out without
 * a look at them, and goes when the config changes. It is a string because no other run of bytes lies on the heap in one
 * piece: 24 bytes with its header and pointer, and from an eighth to a quarter of a byte for each character of the config;
 * never less than 32 bytes nor more than 8 KiB and 24 bytes.
 */
export class ConfigSearch {
  readonly #pattern: RegExp;
  readonly #grams: readonly Gram[];
  #effort = 0;

  constructor(text: string) {
    this.#pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
    this.#grams = gramsOf(text);
  }

  /** What was done so far, in characters searched. */
  get effort(): number {
    return this.#effort;
  }

  finds(passed: PassedRow<ConfigEntity>): boolean {
    this.#effort += effortOfLook;
    if (this.#grams.length > 0 && !mayHold(passed.memo ?? this.#sign(passed), this.#grams)) return false;
    const { key, content } = passed.row;
    this.#effort += key.length + content.length;
    return this.#pattern.test(key) || this.#pattern.test(content);
  }

  #sign(passed: PassedRow<ConfigEntity>): string {
    const { key, content } = passed.row;
    this.#effort += effortOfSigning * (key.length + content.length);
    return (passed.memo = signatureOf(key, content));
  }
}

function signatureOf(key: string, content: string): string {
  let bits = smallest;
  while (bits < key.length + content.length && bits < largest) bits *= 2;
  scratch.fill(0, 0, bits / 8);
  addGrams(key, scratch, bits);
  addGrams(content, scratch, bits);
  return scratch.toString('latin1', 0, bits / 8);
}

function gramsOf(text: string): Gram[] {
  scratch.fill(0);
  addGrams(text, scratch, largest);
  const grams: Gram[] = [];
  for (let gram = 0; gram < largest; gram++) {
    const byte = scratch[gram >>> 3] ?? 0;
    if (byte === 0) gram += 7;
    else if (holdsBit(byte, gram)) grams.push(gram);
  }
  return grams;
}

function mayHold(signature: string, grams: readonly Gram[]): boolean {
  const shift = shiftTo(signature.length * 8);
  for (const gram of grams) {
    const bit = gram >>> shift;
    if (!holdsBit(signature.charCodeAt(bit >>> 3), bit)) return false;
  }
  return true;
}

const holdsBit = (byte: number, bit: number): boolean => (byte & (1 << (bit & 7))) !== 0;

/** The upper bits of a gram are the bit for it in a smaller signature. */
const shiftTo = (bits: number): number => Math.clz32(bits) - Math.clz32(largest);

function addGrams(text: string, signature: Uint8Array, bits: number): void {
  const shift = 16 + shiftTo(bits);
  let three = 0;
  for (let at = 0; at < text.length; at++) {
    // Seven bits for each character: of a fourth one before them nothing is left.
    three = ((three << 7) ^ (canonical[text.charCodeAt(at)] ?? 0)) & 0x1fffff;
    if (at < 2) continue;
    const bit = Math.imul(three, 0x9e3779b1) >>> shift;
    signature[bit >>> 3] = (signature[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
}
