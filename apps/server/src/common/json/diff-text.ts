import { diffJson } from './json-diff';
import type { JsonValue } from './json-value';

export interface DiffRequest {
  /** Canonical texts. */
  readonly before: string;
  readonly after: string;
  readonly maxBytes: number;
}

/** The members `patch` and `changes` of a JSON object, without its braces. */
export function diffTexts({ before, after, maxBytes }: DiffRequest): string {
  const diff = diffJson(JSON.parse(before) as JsonValue, JSON.parse(after) as JsonValue, { maxBytes });
  return `"patch":${JSON.stringify(diff.patch)},"changes":${JSON.stringify(diff.changes)}`;
}

/** The same as one operation, without looking at the texts. */
export function replacementText({ before, after }: DiffRequest): string {
  return `"patch":[{"op":"replace","path":"","value":${after}}],"changes":[{"pointer":"","kind":"changed","before":${before},"after":${after}}]`;
}
