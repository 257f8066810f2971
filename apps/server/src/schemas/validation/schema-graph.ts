import type { JsonObject, JsonValue } from '../../common/json/json-value';
import type { Dialect, KeywordShape } from './dialect';

/** A schema text: the one under inspection, or a stored one. */
export interface SchemaDocument {
  /** `schemaId@version` of a stored schema, a meta-schema's URI; null for the root. */
  readonly name: string | null;
  readonly value: JsonValue;
  /** Every schema found so far, by its JSON pointer in the document. */
  readonly nodes: Map<string, SchemaNode>;
  /** Its resources by absolute URI without fragment. */
  readonly resources: Map<string, SchemaResource>;
}

/** A schema with a base URI of its own: the root of a document, or a subschema with `$id`. */
export interface SchemaResource {
  readonly document: SchemaDocument;
  readonly uri: string;
  readonly dialect: Dialect;
  root: SchemaNode;
  readonly anchors: Map<string, SchemaNode>;
  readonly dynamicAnchors: Set<string>;
  isRecursiveAnchor: boolean;
  /** Schemas that a reference found where no keyword holds schemas; they are moved into the definitions. */
  readonly hoisted: Map<string, SchemaNode>;
}

export interface SchemaNode {
  readonly resource: SchemaResource;
  /** In the document, for messages. */
  readonly pointer: string;
  /** In the linked resource, where references find it. */
  readonly path: readonly string[];
  readonly value: JsonObject | boolean;
  readonly keywords: KeywordEntry[];
  readonly references: SchemaReference[];
  readonly dynamicAnchor: string | undefined;
}

export interface KeywordEntry {
  readonly keyword: string;
  readonly shape: KeywordShape;
  readonly value: JsonValue;
  /** In the order of the items, or of the names. */
  readonly children: readonly { readonly name: string | undefined; readonly node: SchemaNode }[];
}

export interface SchemaReference {
  readonly from: SchemaNode;
  readonly keyword: '$ref' | '$dynamicRef' | '$recursiveRef';
  readonly value: string;
  target: SchemaNode | undefined;
  /** Set when the outermost schema in the dynamic scope decides and more than one could be it. */
  dynamic: boolean;
}

/** Keywords whose schemas look at the same value as the schema that holds them. */
export const inPlaceKeywords: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentSchemas',
  'dependencies',
]);

/** Keywords that hold schemas only for references to find. */
export const definitionKeywords: ReadonlySet<string> = new Set(['definitions', '$defs']);
