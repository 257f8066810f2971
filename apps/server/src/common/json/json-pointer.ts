import type { JsonValue } from './json-value';
import { isJsonArray, isJsonObject, member } from './json-value';

/** JSON Pointer, RFC 6901. */
export function appendToken(pointer: string, token: string | number): string {
  return `${pointer}/${escapeToken(token)}`;
}

export function pointerOf(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join('');
}

/** The tokens of a pointer, or undefined when it is none. */
export function tokensOf(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function valueAt(root: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const token of tokens) {
    if (isJsonArray(value)) value = isArrayIndex(token) ? value[Number(token)] : undefined;
    else if (isJsonObject(value)) value = member(value, token);
    else return undefined;
  }
  return value;
}

export function escapeToken(token: string | number): string {
  if (typeof token === 'number') return String(token);
  return token.includes('~') || token.includes('/') ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}

/** RFC 6901 section 4: no leading zeros. */
function isArrayIndex(token: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(token);
}
