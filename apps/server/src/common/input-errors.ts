import type { InputError } from './rejected';

/** What one answer tells; the rest is counted. */
const mostErrors = 100;
const longestPart = 256;

/** Names in a document may be as long as the document: what is told of a place is enough to find it. */
export function shortened(text: string, longest = longestPart): string {
  if (text.length <= longest) return text;
  const lastUnit = text.charCodeAt(longest - 2);
  const splitsCharacter = lastUnit >= 0xd800 && lastUnit < 0xdc00;
  return `${text.slice(0, splitsCharacter ? longest - 2 : longest - 1)}…`;
}

const parts = ['pointer', 'parameter', 'header', 'keyword', 'message'] as const;

export function shortenedError<E extends InputError>(error: E): E {
  const long = parts.filter((part) => (error[part]?.length ?? 0) > longestPart);
  return long.reduce((told, part) => ({ ...told, [part]: shortened(told[part] ?? '') }), error);
}

/** The first hundred of them, and how many more there are. */
export function boundedErrors<E extends InputError>(errors: readonly E[]): readonly (E | InputError)[] {
  const told = errors.slice(0, mostErrors).map(shortenedError);
  return errors.length > mostErrors ? [...told, { message: `and ${errors.length - mostErrors} more` }] : told;
}
