import type { JsonValue } from './json-value';

/**
 * The text that is stored, hashed and served: no white space outside strings, members in the order that `JSON.parse`
 * keeps, strings and numbers as `JSON.stringify` prints them. The value must come from `parseJson`, which bounds its
 * depth (`JSON.stringify` recurses) and refuses what would change.
 */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(value);
}
