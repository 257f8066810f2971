import type { Pick } from './pick';

/** Not compressible, so that PostgreSQL's index pages get all of it. */
export function noise(pick: Pick, bytes: number): string {
  return Array.from({ length: bytes }, () => String.fromCharCode(33 + pick.below(94))).join('');
}

const nasty: readonly string[] = [
  '',
  ' ',
  '"',
  '\\',
  '{}',
  '{"a",NULL}',
  'NULL',
  "'); DROP TABLE users; --",
  '$1',
  '%00',
  '\\u0000',
  '\u0001\u001f\u007f',
  '\r\n\t',
  '\u2028\u2029',
  '\ufeff',
  '\uffff',
  'İstanbul ß ﬁ',
  'e\u0301',
  '😀👩‍👩‍👧',
  '__proto__',
  'constructor',
  'toString',
  'ф'.repeat(512),
  '漢'.repeat(341),
];

/** What no database can hold: it must be refused before the log. The longest is refused only where it is indexed. */
const hostile: readonly string[] = ['a\u0000b', '\ud800', 'x\udc00y', '\udfff\ud83d'];

/** A few values that many rows want, so that unique keys are fought for. */
export const contested = (pick: Pick, what: string): string => `${what} ${pick.below(5)}`;

export function text(pick: Pick, what: string): string {
  const choice = pick.below(100);
  if (choice < 55) return contested(pick, what);
  if (choice < 85) return pick.of(nasty);
  if (choice < 92) return noise(pick, 1_024);
  if (choice < 96) return noise(pick, 9_000);
  return pick.of(hostile);
}

export const isHostile = (payload: object): boolean => /\\u0000|\\ud[89a-f]/i.test(escapesOf(payload));

/** The escapes that JSON itself makes, not those that a text spells out. */
const escapesOf = (payload: object): string => JSON.stringify(payload).replaceAll('\\\\', '');

/** The canonical text of some JSON value; hostile characters are escapes in it, which is fine in text. */
export function json(pick: Pick): string {
  const value = pick.of<unknown>([null, 0, -1.5e300, true, [], {}, 'a\u0000b', '\ud800', '\u2028', nasty]);
  return pick.chance(0.3) ? JSON.stringify({ [pick.of(nasty)]: value }) : JSON.stringify(value);
}
