import { appendToken, pointerOf } from '../../common/json/json-pointer';
import type { JsonObject, JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject, member } from '../../common/json/json-value';
import type { Dialect } from './dialect';
import { acceptedSchemaUris, defaultDialect, dialectByUri } from './dialect';
import { compilePattern } from './keyword-semantics';
import { metaSchemaErrors } from './meta-schemas';
import type { KeywordEntry, SchemaDocument, SchemaNode, SchemaReference, SchemaResource } from './schema-graph';
import { resolveUri } from './schema-uri';
import type { ValidationError } from './validation.types';

interface Place {
  readonly document: SchemaDocument;
  readonly resource: SchemaResource | undefined;
  readonly dialect: Dialect;
  readonly pointer: string;
  readonly path: readonly string[];
  readonly baseUri: string;
}

/**
 * Finds every schema, base URI, anchor and reference in a document by the rules of its draft. It looks only where
 * keywords hold schemas: `$id` and `$ref` inside enum, const or an unknown keyword are data.
 */
export class SchemaReader {
  readonly errors: ValidationError[] = [];
  readonly documents: SchemaDocument[] = [];
  readonly resources: SchemaResource[] = [];
  /** Found and not resolved yet. */
  readonly references: SchemaReference[] = [];

  constructor(
    /** Set for what was inspected before: the meta-schemas are not asked again. */
    private readonly isTrusted: boolean,
  ) {}

  readDocument(value: JsonValue, name: string | null, baseUri: string): SchemaDocument {
    const document: SchemaDocument = { name, value, nodes: new Map(), resources: new Map() };
    this.documents.push(document);
    const dialect = this.dialectAt(value, document, '', defaultDialect);
    if (!dialect) return document;
    // A resource is found under the URI that it was asked for and under its own.
    const root = this.walk(value, { document, resource: undefined, dialect, pointer: '', path: [], baseUri });
    if (root) document.resources.set(baseUri, root.resource);
    return document;
  }

  /** A schema that a reference found where no keyword holds schemas. */
  readHoisted(value: JsonValue, pointer: string, resource: SchemaResource): SchemaNode | undefined {
    const { document, dialect } = resource;
    if (typeof value !== 'boolean' && !isJsonObject(value)) return undefined;
    const errors = document.name === null && !this.isTrusted ? metaSchemaErrors(dialect, value) : [];
    this.errors.push(...errors.map((error) => ({ ...error, pointer: pointer + error.pointer })));
    if (errors.length > 0) return undefined;
    const taken = isJsonObject(resource.root.value)
      ? member(resource.root.value, dialect.definitionsKeyword)
      : undefined;
    let name = `hoisted ${resource.hoisted.size}`;
    while (isJsonObject(taken) && Object.hasOwn(taken, name)) name += "'";
    const path = [dialect.definitionsKeyword, name];
    const node = this.walk(value, { document, resource, dialect, pointer, path, baseUri: resource.uri });
    if (node && node.resource === resource) resource.hoisted.set(name, node);
    return node;
  }

  report(document: SchemaDocument, pointer: string, keyword: string, message: string): void {
    const inStored =
      document.name === null ? '' : ` (in the stored schema ${document.name} at ${pointer || 'its root'})`;
    this.errors.push({ pointer: document.name === null ? pointer : '', keyword, message: message + inStored });
  }

  private dialectAt(
    value: JsonValue,
    document: SchemaDocument,
    pointer: string,
    otherwise: Dialect,
  ): Dialect | undefined {
    const named = isJsonObject(value) ? member(value, '$schema') : undefined;
    const dialect = named === undefined ? otherwise : typeof named === 'string' ? dialectByUri(named) : undefined;
    if (!dialect) {
      this.report(
        document,
        `${pointer}/$schema`,
        '$schema',
        `is not supported; accepted are ${acceptedSchemaUris.join(', ')}`,
      );
      return undefined;
    }
    if (document.name === null && !this.isTrusted && (named !== undefined || pointer === '')) {
      const errors = metaSchemaErrors(dialect, value);
      this.errors.push(...errors.map((error) => ({ ...error, pointer: pointer + error.pointer })));
      if (errors.length > 0) return undefined;
    }
    return dialect;
  }

  private walk(value: JsonValue, place: Place): SchemaNode | undefined {
    if (typeof value === 'boolean')
      return this.addNode(value, this.resourceOf(place, place.baseUri, place.dialect), place);
    if (!isJsonObject(value)) {
      this.report(place.document, place.pointer, '$ref', 'is no schema, which is an object or a boolean');
      return undefined;
    }
    const isRoot = place.resource === undefined;
    const reference = member(value, '$ref');
    const standsAlone = place.dialect.refStandsAlone && typeof reference === 'string';
    const id = standsAlone && !isRoot ? undefined : member(value, place.dialect.idKeyword);
    const { uri, anchor } = this.identify(typeof id === 'string' ? id : '', place);
    let dialect = place.dialect;
    if (!isRoot && uri !== place.resource?.uri) {
      const switched = this.dialectAt(value, place.document, place.pointer, dialect);
      if (!switched) return undefined;
      dialect = switched;
    }
    const resource = this.resourceOf(place, uri, dialect);
    const moved = resource === place.resource ? place : { ...place, dialect, path: [], baseUri: uri, resource };
    const node = this.addNode(value, resource, moved);
    if (anchor) this.addAnchor(resource, anchor, node);
    this.readAnchors(value, node);
    this.readReferences(value, node);
    for (const [keyword, shape] of dialect.keywords) {
      if (!Object.hasOwn(value, keyword) || (standsAlone && keyword !== 'definitions')) continue;
      node.keywords.push(
        this.readKeyword(keyword, shape, member(value, keyword) ?? null, node, { ...moved, resource }),
      );
    }
    return node;
  }

  /** The base URI after an `$id`, and the anchor that a fragment in it makes (up to draft-07). */
  private identify(id: string, place: Place): { uri: string; anchor: string } {
    if (id === '') return { uri: place.baseUri, anchor: '' };
    try {
      const { uri, fragment } = resolveUri(id, place.baseUri);
      return { uri: id.startsWith('#') ? place.baseUri : uri, anchor: fragment };
    } catch {
      const pointer = appendToken(place.pointer, place.dialect.idKeyword);
      this.report(place.document, pointer, place.dialect.idKeyword, `${JSON.stringify(id)} is no URI reference`);
      return { uri: place.baseUri, anchor: '' };
    }
  }

  private resourceOf(place: Place, uri: string, dialect: Dialect): SchemaResource {
    if (place.resource?.uri === uri) return place.resource;
    const resource: SchemaResource = {
      document: place.document,
      uri,
      dialect,
      root: undefined as unknown as SchemaNode,
      anchors: new Map(),
      dynamicAnchors: new Set(),
      isRecursiveAnchor: false,
      hoisted: new Map(),
    };
    if (place.document.resources.has(uri)) {
      this.report(
        place.document,
        appendToken(place.pointer, dialect.idKeyword),
        dialect.idKeyword,
        `${uri} is used twice`,
      );
    }
    place.document.resources.set(uri, resource);
    this.resources.push(resource);
    return resource;
  }

  private addNode(value: JsonObject | boolean, resource: SchemaResource, place: Place): SchemaNode {
    const dynamicAnchor = isJsonObject(value) ? member(value, '$dynamicAnchor') : undefined;
    const node: SchemaNode = {
      resource,
      pointer: place.pointer,
      path: place.path,
      value,
      keywords: [],
      references: [],
      dynamicAnchor:
        resource.dialect.draft === '2020-12' && typeof dynamicAnchor === 'string' ? dynamicAnchor : undefined,
    };
    resource.root ??= node;
    place.document.nodes.set(place.pointer, node);
    return node;
  }

  private readAnchors(value: JsonObject, node: SchemaNode): void {
    const { resource } = node;
    if (resource.dialect.refStandsAlone) return;
    const anchor = member(value, '$anchor');
    if (typeof anchor === 'string') this.addAnchor(resource, anchor, node);
    if (node.dynamicAnchor !== undefined) {
      this.addAnchor(resource, node.dynamicAnchor, node);
      resource.dynamicAnchors.add(node.dynamicAnchor);
    }
    if (resource.dialect.draft === '2019-09' && resource.root === node) {
      resource.isRecursiveAnchor = member(value, '$recursiveAnchor') === true;
    }
  }

  private addAnchor(resource: SchemaResource, name: string, node: SchemaNode): void {
    const known = resource.anchors.get(name);
    if (known && known !== node) {
      this.report(
        resource.document,
        node.pointer,
        '$anchor',
        `the anchor ${JSON.stringify(name)} is used twice in one schema resource`,
      );
    }
    resource.anchors.set(name, node);
  }

  private readReferences(value: JsonObject, node: SchemaNode): void {
    const { draft } = node.resource.dialect;
    const keywords = [
      '$ref',
      ...(draft === '2020-12' ? ['$dynamicRef'] : []),
      ...(draft === '2019-09' ? ['$recursiveRef'] : []),
    ];
    for (const keyword of keywords as SchemaReference['keyword'][]) {
      const reference = member(value, keyword);
      if (typeof reference !== 'string') continue;
      const entry: SchemaReference = { from: node, keyword, value: reference, target: undefined, dynamic: false };
      node.references.push(entry);
      this.references.push(entry);
    }
  }

  private readKeyword(
    keyword: string,
    shape: KeywordEntry['shape'],
    value: JsonValue,
    node: SchemaNode,
    place: Place,
  ): KeywordEntry {
    const children: { name: string | undefined; node: SchemaNode }[] = [];
    const child = (item: JsonValue, tokens: string[], name?: string): void => {
      const pointer = place.pointer + pointerOf(tokens);
      const found = this.walk(item, { ...place, pointer, path: [...node.path, ...tokens] });
      if (found) children.push({ name, node: found });
    };
    const isMap = shape === 'schemas-by-name' || shape === 'dependencies';
    if (isMap && isJsonObject(value)) {
      for (const [name, item] of Object.entries(value)) {
        if (keyword === 'patternProperties')
          this.checkPattern(name, node, appendToken(`${place.pointer}/${keyword}`, name), keyword);
        if (!isJsonArray(item)) child(item, [keyword, name], name);
      }
    } else if (isJsonArray(value) && shape !== 'value')
      value.forEach((item, index) => child(item, [keyword, String(index)]));
    else if (shape === 'schema' || shape === 'schema-or-schemas') child(value, [keyword]);
    else if (keyword === 'pattern' && typeof value === 'string')
      this.checkPattern(value, node, `${place.pointer}/pattern`, keyword);
    return { keyword, shape, value, children };
  }

  private checkPattern(pattern: string, node: SchemaNode, pointer: string, keyword: string): void {
    try {
      compilePattern(pattern);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.report(node.resource.document, pointer, keyword, `is no regular expression: ${reason}`);
    }
  }
}
