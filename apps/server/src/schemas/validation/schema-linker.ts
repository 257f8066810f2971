import { appendToken, tokensOf } from '../../common/json/json-pointer';
import type { JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject, member } from '../../common/json/json-value';
import { metaSchemaText } from './meta-schemas';
import type { SchemaDocument, SchemaNode, SchemaReference, SchemaResource } from './schema-graph';
import { SchemaReader } from './schema-reader';
import { anonymousUri, describeBase, resolveUri } from './schema-uri';
import type { SchemaSource, StoredSchemas, ValidationError } from './validation.types';

/**
 * Resolves the references of a schema, and of the stored schemas that they lead to, by the rules of each draft.
 * Nothing is fetched.
 */
export class SchemaLinker {
  /** The stored schemas that were reached, by URI, and those among them that the root itself refers to. */
  readonly reached = new Map<string, SchemaSource>();
  readonly direct = new Set<string>();
  /** URIs that no stored schema has. */
  readonly missing = new Set<string>();
  private readonly loaded = new Map<string, SchemaDocument | undefined>();
  private readonly reader: SchemaReader;

  constructor(
    private readonly stored: StoredSchemas,
    isTrusted = false,
  ) {
    this.reader = new SchemaReader(isTrusted);
  }

  get errors(): readonly ValidationError[] {
    return this.reader.errors;
  }

  get documents(): readonly SchemaDocument[] {
    return this.reader.documents;
  }

  get resources(): readonly SchemaResource[] {
    return this.reader.resources;
  }

  link(value: JsonValue): SchemaDocument {
    const document = this.reader.readDocument(value, null, anonymousUri);
    // What refers back to the schema under inspection means this version of it, not the stored one.
    for (const uri of document.resources.keys())
      if (uri === document.nodes.get('')?.resource.uri) this.loaded.set(uri, document);
    for (let next = this.reader.references.pop(); next; next = this.reader.references.pop()) this.resolve(next);
    this.markDynamic();
    return document;
  }

  private resolve(reference: SchemaReference): void {
    const { from, keyword, value } = reference;
    const fail = (message: string): void => {
      this.reader.report(
        from.resource.document,
        appendToken(from.pointer, keyword),
        keyword,
        `${JSON.stringify(value)} ${message}`,
      );
    };
    let uri: string;
    let fragment: string;
    try {
      ({ uri, fragment } = resolveUri(value, from.resource.uri));
    } catch {
      return fail(`cannot be resolved against ${describeBase(from.resource.uri)}`);
    }
    const resource =
      from.resource.document.resources.get(uri) ?? this.load(uri, from.resource.document)?.resources.get(uri);
    if (!resource) return fail('is neither in this schema nor the $id of a stored schema; nothing is fetched');
    if (fragment === '') reference.target = resource.root;
    else if (fragment.startsWith('/')) reference.target = this.follow(resource, tokensOf(fragment) ?? []);
    else reference.target = resource.anchors.get(fragment);
    if (!reference.target) fail(fragment.startsWith('/') ? 'leads to no schema' : 'names no anchor there');
  }

  private load(uri: string, from: SchemaDocument): SchemaDocument | undefined {
    const source = this.stored.get(uri);
    if (source !== undefined && from.name === null) this.direct.add(uri);
    if (this.loaded.has(uri)) return this.loaded.get(uri);
    if (source !== undefined) this.reached.set(uri, source);
    const text = source?.text ?? metaSchemaText(uri);
    if (text === undefined) this.missing.add(uri);
    const document =
      text === undefined ? undefined : this.reader.readDocument(JSON.parse(text) as JsonValue, source?.key ?? uri, uri);
    this.loaded.set(uri, document);
    return document;
  }

  /** Follows a JSON pointer through the document as written, across embedded resources. */
  private follow(resource: SchemaResource, tokens: readonly string[]): SchemaNode | undefined {
    const { document } = resource;
    let nearest = resource.root;
    let pointer = resource.root.pointer;
    let value: JsonValue | undefined = resource.root.value;
    for (const token of tokens) {
      if (isJsonObject(value)) value = member(value, token);
      else if (isJsonArray(value)) value = /^(?:0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
      else return undefined;
      pointer = appendToken(pointer, token);
      nearest = document.nodes.get(pointer) ?? nearest;
    }
    const known = document.nodes.get(pointer);
    if (known || value === undefined) return known;
    return this.reader.readHoisted(value, pointer, nearest.resource);
  }

  /** A dynamic reference with one possible target is a plain one; without a dynamic anchor at its target it always is. */
  private markDynamic(): void {
    const holders = (name: string): number =>
      this.resources.filter(({ dynamicAnchors }) => dynamicAnchors.has(name)).length;
    const recursive = this.resources.filter(({ isRecursiveAnchor }) => isRecursiveAnchor).length;
    for (const { nodes } of this.documents) {
      for (const { references } of nodes.values()) {
        for (const reference of references) {
          const { keyword, target, value } = reference;
          if (keyword === '$recursiveRef')
            reference.dynamic = recursive > 1 && target?.resource.isRecursiveAnchor === true;
          const name = keyword === '$dynamicRef' ? target?.dynamicAnchor : undefined;
          if (name !== undefined && value.endsWith(`#${name}`)) reference.dynamic = holders(name) > 1;
        }
      }
    }
  }
}

/** The absolute `$id` of a document's root, or null. */
export function schemaUriOf(document: SchemaDocument): string | null {
  const uri = document.nodes.get('')?.resource.uri;
  return uri === undefined || uri.startsWith(anonymousUri) ? null : uri;
}
