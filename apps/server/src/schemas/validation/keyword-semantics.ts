import { decimalOf } from '../../common/json/exact-number';
import type { JsonValue } from '../../common/json/json-value';
import { equalityKey } from './json-equality';

/*
 * Keywords that a library answers wrongly for some input; both engines get these instead, so that they agree:
 * enum, const and uniqueItems compare with own members only (a member named valueOf or constructor confuses ajv),
 * multipleOf computes with the decimals as written instead of binary fractions, and a pattern may use escapes that
 * the Unicode mode of regular expressions refuses.
 */

/** `enum` and `const` travel as equality keys: neither engine must look for `$id` or `$ref` in them. */
export function oneOfKeys(keys: readonly string[]): (value: JsonValue) => boolean {
  const accepted = new Set(keys);
  return (value) => accepted.has(equalityKey(value));
}

export function hasUniqueItems(items: readonly JsonValue[]): boolean {
  const seen = new Set<string>();
  for (const item of items) seen.add(equalityKey(item));
  return seen.size === items.length;
}

export function isMultipleOf(divisor: number): (value: number) => boolean {
  return (value) => {
    if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
    const one = scaled(value);
    const other = scaled(divisor);
    const shift = one.exponent - other.exponent;
    if (shift >= 0) return (one.integer * 10n ** BigInt(shift)) % other.integer === 0n;
    return one.integer % (other.integer * 10n ** BigInt(-shift)) === 0n;
  };
}

/** value = integer × 10^exponent; the exponents of doubles keep the powers below 10^700. */
function scaled(value: number): { integer: bigint; exponent: number } {
  const { negative, digits, exponent } = decimalOf(String(value));
  const integer = BigInt(digits === '' ? '0' : digits);
  return { integer: negative ? -integer : integer, exponent: exponent - digits.length };
}

/** ECMA-262 in Unicode mode, as the specification asks; without it where only that accepts the pattern. */
export function compilePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
}
