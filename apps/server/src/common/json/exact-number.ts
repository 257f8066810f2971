/**
 * Whether a JSON number keeps its value when JavaScript reads and prints it: `Number(token)` as `JSON.stringify` prints
 * it must denote the same decimal. 1.0, 1E2 and -0 do; 9007199254740993, 1e400 and 1e-400 do not.
 */
export function isExactNumber(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  const written = decimalOf(token);
  const kept = decimalOf(String(value));
  return written.digits === kept.digits && written.exponent === kept.exponent && written.negative === kept.negative;
}

/** value = ± 0.digits × 10^exponent, digits without zeros at either end; zero has no digits and no sign. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

export function decimalOf(token: string): Decimal {
  const negative = token.startsWith('-');
  const mark = token.search(/[eE]/);
  const mantissa = token.slice(negative ? 1 : 0, mark < 0 ? undefined : mark);
  const point = mantissa.indexOf('.');
  const whole = point < 0 ? mantissa : mantissa.slice(0, point);
  const all = point < 0 ? whole : whole + mantissa.slice(point + 1);
  let first = 0;
  while (first < all.length && all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  if (first === end) return { negative: false, digits: '', exponent: 0 };
  const exponent = (mark < 0 ? 0 : Number(token.slice(mark + 1))) + whole.length - first;
  return { negative, digits: all.slice(first, end), exponent };
}
