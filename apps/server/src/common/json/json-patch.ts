import type { JsonValue } from './json-value';

/** RFC 6902; only these three are ever needed. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

export interface Change {
  /** In the new document; of what was removed, in the old one. */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

export interface JsonDiff {
  readonly patch: readonly PatchOperation[];
  readonly changes: readonly Change[];
}
