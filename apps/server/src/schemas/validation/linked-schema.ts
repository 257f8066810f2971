import type { JsonObject, JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject, setMember } from '../../common/json/json-value';
import { pointerOf } from '../../common/json/json-pointer';
import { formatIn } from './formats';
import { equalityKey } from './json-equality';
import type { KeywordEntry, SchemaNode, SchemaReference, SchemaResource } from './schema-graph';
import type { Draft } from './validation.types';

/** One schema resource in a form that leaves an engine nothing to resolve. */
export interface LinkedResource {
  readonly uri: string;
  readonly draft: Draft;
  readonly schema: JsonObject | boolean;
}

let serial = 0;

/**
 * Writes each resource as a schema of its own under a URI that no other has, in this process or ever: embedded
 * resources become references, references become absolute URIs with a pointer, `$id` and anchors disappear (but for
 * those that dynamic references need), and so does every keyword that decides nothing. So neither engine resolves
 * base URIs, sees `$id` in data, takes a keyword of its own for one of the schema's, or mixes up two versions of a schema.
 */
export class LinkedSchemaWriter {
  private readonly uris = new Map<SchemaResource, string>();
  private readonly copies = new Map<SchemaResource, Map<SchemaNode, string>>();
  private readonly prefix = `https://linked.invalid/${++serial}/`;

  constructor(private readonly resources: readonly SchemaResource[]) {
    for (const resource of resources) this.uris.set(resource, this.prefix + this.uris.size);
  }

  write(): LinkedResource[] {
    const schemas = this.resources.map((resource) => this.writeResource(resource));
    for (const [resource, nodes] of this.copies) {
      for (const [node, name] of nodes) this.define(resource, schemas[this.resources.indexOf(resource)], name, node);
    }
    return this.resources.map((resource, index) => ({
      uri: this.uriOf(resource),
      draft: resource.dialect.draft,
      schema: schemas[index] ?? true,
    }));
  }

  uriOf(resource: SchemaResource): string {
    const uri = this.uris.get(resource);
    if (uri === undefined) throw new Error(`the resource ${resource.uri} is not part of this schema`);
    return uri;
  }

  private writeResource(resource: SchemaResource): Record<string, JsonValue> | boolean {
    const schema = this.writeNode(resource.root);
    if (typeof schema === 'boolean') return schema;
    for (const [name, node] of resource.hoisted) this.define(resource, schema, name, node);
    if (resource.isRecursiveAnchor) schema['$recursiveAnchor'] = true;
    return schema;
  }

  private define(
    resource: SchemaResource,
    schema: Record<string, JsonValue> | boolean | undefined,
    name: string,
    node: SchemaNode,
  ): void {
    if (typeof schema !== 'object') return;
    if (resource.dialect.refStandsAlone && Object.hasOwn(schema, '$ref')) {
      // Beside a reference that stands alone nothing would be found.
      schema['allOf'] = [{ $ref: schema['$ref'] ?? '' }];
      delete schema['$ref'];
    }
    const keyword = resource.dialect.definitionsKeyword;
    const definitions = (schema[keyword] ??= {}) as Record<string, JsonValue>;
    definitions[name] = this.writeNode(node);
  }

  /**
   * The engines decode `#` and the like in a pointer differently, and what is under `dependencies` may be written
   * elsewhere; a schema at such a place is referred to as a copy.
   */
  private pathOf(target: SchemaNode): readonly string[] {
    if (target.path.every((token) => /^[\w .$~/-]*$/.test(token)) && !target.path.includes('dependencies'))
      return target.path;
    const { resource } = target;
    const copies = this.copies.get(resource) ?? new Map<SchemaNode, string>();
    this.copies.set(resource, copies);
    const name = copies.get(target) ?? `copy ${copies.size}`;
    copies.set(target, name);
    return [resource.dialect.definitionsKeyword, name];
  }

  private writeNode(node: SchemaNode): Record<string, JsonValue> | boolean {
    if (typeof node.value === 'boolean') return node.value;
    const schema: Record<string, JsonValue> = {};
    for (const entry of node.keywords) {
      const value = this.writeKeyword(entry, node);
      if (value === undefined) continue;
      if (isSplit(entry, node)) schema['allOf'] = [...itemsOf(schema['allOf']), splitDependencies(value)];
      else schema[entry.keyword] = value;
    }
    if (node.dynamicAnchor !== undefined) schema['$dynamicAnchor'] = node.dynamicAnchor;
    this.writeReferences(node, schema);
    return schema;
  }

  private writeReferences(node: SchemaNode, schema: Record<string, JsonValue>): void {
    for (const reference of node.references) {
      if (!reference.target) continue;
      const [keyword, uri] = this.writeReference(reference, reference.target);
      const isAlone = Object.keys(schema).length === 0 && node.references.length === 1;
      if (!Object.hasOwn(schema, keyword) && (isAlone || !node.resource.dialect.refStandsAlone)) schema[keyword] = uri;
      else schema['allOf'] = [...itemsOf(schema['allOf']), { [keyword]: uri }];
    }
  }

  private writeReference({ keyword, dynamic }: SchemaReference, target: SchemaNode): [string, string] {
    const uri = this.uriOf(target.resource);
    if (dynamic) return keyword === '$recursiveRef' ? [keyword, '#'] : [keyword, `${uri}#${target.dynamicAnchor}`];
    const path = this.pathOf(target);
    return ['$ref', path.length === 0 ? uri : `${uri}#${encodeURI(pointerOf(path))}`];
  }

  private writeKeyword(entry: KeywordEntry, node: SchemaNode): JsonValue | undefined {
    const { keyword, shape, value, children } = entry;
    if (keyword === 'enum') return isJsonArray(value) ? value.map(equalityKey) : undefined;
    if (keyword === 'const') return equalityKey(value);
    if (keyword === 'format')
      return typeof value === 'string' ? formatIn(node.resource.dialect.draft, value) : undefined;
    if (shape === 'value') return value;
    const written = children.map((child) => this.writeChild(child.node, node));
    if (shape === 'schema' || (shape === 'schema-or-schemas' && !isJsonArray(value))) return written[0];
    if (isJsonArray(value)) return written;
    const byName: Record<string, JsonValue> = {};
    // Dependencies on names alone have no child.
    if (isJsonObject(value))
      for (const [name, item] of Object.entries(value)) if (isJsonArray(item)) setMember(byName, name, item);
    children.forEach(({ name }, index) => setMember(byName, name ?? '', written[index] ?? true));
    return byName;
  }

  private writeChild(child: SchemaNode, parent: SchemaNode): JsonValue {
    return child.resource === parent.resource ? this.writeNode(child) : { $ref: this.uriOf(child.resource) };
  }
}

/** From 2019-09 on `dependencies` is two keywords, and the old one means the same for whoever still writes it. */
function isSplit({ keyword }: KeywordEntry, node: SchemaNode): boolean {
  return keyword === 'dependencies' && !node.resource.dialect.refStandsAlone;
}

function splitDependencies(value: JsonValue): JsonObject {
  const dependentRequired: Record<string, JsonValue> = {};
  const dependentSchemas: Record<string, JsonValue> = {};
  for (const [name, item] of Object.entries(isJsonObject(value) ? value : {})) {
    setMember(isJsonArray(item) ? dependentRequired : dependentSchemas, name, item);
  }
  return { dependentRequired, dependentSchemas };
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}
