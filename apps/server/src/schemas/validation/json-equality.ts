import type { JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject, member } from '../../common/json/json-value';

/** Two values are equal in the sense of JSON Schema exactly when their keys are: members are sorted, 1.0 is 1. */
export function equalityKey(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(equalityKey).join(',')}]`;
  if (isJsonObject(value)) {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${equalityKey(member(value, name) ?? null)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
