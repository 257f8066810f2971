import type { ConfigEntity } from './config.entity';

const smallest = 512;
const largest = 65_536;

/** A run of three ASCII characters, with letters in one case, spread over 32 bits. */
type Gram = number;

/**
 * Finds a text in keys and contents, upper or lower case. An index that every update has to keep would cost it several
 * times what the rest of it costs; so nothing is kept but, for each config that a search has met, a signature: which runs
 * of three characters it holds, in so few bits that some stand for several. It rules nearly all configs out, and a
 * changed config is a new row without one.
 */
export class ConfigSearch {
  readonly #signatures = new WeakMap<ConfigEntity, Uint32Array>();

  /** Whether the config holds the text. */
  matcher(text: string): (config: ConfigEntity) => boolean {
    const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
    const grams: Gram[] = [];
    eachGram(text, (gram) => grams.push(gram));
    return (config) =>
      (grams.length === 0 || mayHold(this.#signatureOf(config), grams)) &&
      (pattern.test(config.key) || pattern.test(config.content));
  }

  #signatureOf(config: ConfigEntity): Uint32Array {
    let signature = this.#signatures.get(config);
    if (!signature) this.#signatures.set(config, (signature = sign(config)));
    return signature;
  }
}

function sign({ key, content }: ConfigEntity): Uint32Array {
  let bits = smallest;
  while (bits < content.length && bits < largest) bits *= 2;
  const signature = new Uint32Array(bits / 32);
  const shift = shiftOf(signature);
  const add = (gram: Gram): void => {
    const bit = gram >>> shift;
    signature[bit >>> 5] = (signature[bit >>> 5] ?? 0) | (1 << (bit & 31));
  };
  eachGram(key, add);
  eachGram(content, add);
  return signature;
}

function mayHold(signature: Uint32Array, grams: readonly Gram[]): boolean {
  const shift = shiftOf(signature);
  for (const gram of grams) {
    const bit = gram >>> shift;
    if (((signature[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

/** The number of bits is a power of two, and the upper bits of a gram tell which. */
const shiftOf = ({ length }: Uint32Array): number => Math.clz32(length * 32) + 1;

/**
 * Runs with other characters are left out: they have their own rules for upper and lower case. None of them matches an
 * ASCII letter in a regular expression without the flag `u` (ECMA-262, Canonicalize), so nothing is missed.
 */
function eachGram(text: string, visit: (gram: Gram) => void): void {
  let last = -1;
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      last = at;
      gram = 0;
      continue;
    }
    const folded = code >= 97 && code <= 122 ? code - 32 : code;
    gram = ((gram << 7) | folded) & 0x1fffff;
    if (at - last >= 3) visit(Math.imul(gram, 0x9e3779b1) >>> 0);
  }
}
