/** The drafts of JSON Schema that are accepted, as the API names them. */
export const drafts = ['draft-04', 'draft-06', 'draft-07', '2019-09', '2020-12'] as const;
export type Draft = (typeof drafts)[number];

/** One version of a stored schema. */
export interface SchemaSource {
  /** `schemaId@version`: the same key always means the same text, so what is compiled is kept by it. */
  readonly key: string;
  /** The absolute `$id` of its root, as `inspect` gave it. */
  readonly uri: string;
  /** The canonical text of the schema. */
  readonly text: string;
}

/** A schema with everything it refers to, transitively: the root's `closure` from `inspect`. */
export interface SchemaBundle {
  /** Without a key (a schema that is not stored yet) the outcome of compiling is not kept. */
  readonly root: { readonly key: string | null; readonly text: string };
  readonly references: readonly SchemaSource[];
}

/** Stored schemas by the absolute `$id` of their root, without fragment. A `Map` is one. */
export interface StoredSchemas {
  get(schemaUri: string): SchemaSource | undefined;
}

export interface SchemaInspection {
  readonly draft: Draft;
  /** The absolute `$id` of the root, without fragment; null when it has none. */
  readonly schemaUri: string | null;
  /** `$id`s of the stored schemas that this schema itself refers to, sorted. */
  readonly references: readonly string[];
  /** Those and what they refer to in turn, each once. */
  readonly closure: readonly SchemaSource[];
}

export interface ValidationError {
  /** JSON pointer into the content (or, for a schema, into the schema); `''` is the whole. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
}

export interface Verdict {
  readonly valid: boolean;
  /** At most `maxErrors`; empty when valid. */
  readonly errors: readonly ValidationError[];
}
