import type { ErrorObject } from 'ajv';
import type { JsonValue } from '../../common/json/json-value';
import { isJsonObject, setMember } from '../../common/json/json-value';
import type { JsonObject } from '../../common/json/json-value';
import { explain } from './explain-error';
import type { ValidationError } from './validation.types';

/** In ajv's own words `if` is what failed; the branch that failed is told by errors of its own. */
const holdersOnly: ReadonlySet<string> = new Set(['if', 'propertyNames']);

/** Needs errors made with `verbose`. Ajv reports a missing member each, and so does `explain`: the same is told once. */
export function explainAjvErrors(errors: readonly ErrorObject[], maxErrors: number): ValidationError[] {
  const told = new Map<string, ValidationError>();
  for (const error of errors) {
    if (holdersOnly.has(error.keyword)) continue;
    for (const entry of explainOne(error)) {
      told.set(`${entry.pointer}\n${entry.keyword}\n${entry.message}`, entry);
      if (told.size >= maxErrors) return [...told.values()];
    }
  }
  return [...told.values()];
}

function explainOne(error: ErrorObject): ValidationError[] {
  const parent = error.parentSchema as JsonValue | undefined;
  const { propertyName } = error;
  const isFalseSchema = error.keyword === 'false schema';
  return explain({
    pointer: error.instancePath,
    keyword: isFalseSchema && propertyName !== undefined ? 'propertyNames' : error.keyword,
    schema: isFalseSchema || !isJsonObject(parent) ? undefined : readableKeywords(parent, error),
    value: error.data as JsonValue,
    ...(propertyName === undefined ? {} : { memberName: propertyName }),
  });
}

/** A reference failing in ajv has its schema under the keyword already; a plain copy is not needed for the others. */
function readableKeywords(parent: JsonObject, error: ErrorObject): JsonObject {
  if (Object.hasOwn(parent, error.keyword)) return parent;
  const copy: Record<string, JsonValue> = { ...parent };
  setMember(copy, error.keyword, (error.schema ?? null) as JsonValue);
  return copy;
}
