import type { JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject } from '../../common/json/json-value';
import { formatCheck, isLinearFormat } from './formats';
import type { KeywordEntry, SchemaNode, SchemaResource } from './schema-graph';
import { definitionKeywords, inPlaceKeywords } from './schema-graph';

export type Engine = 'ajv' | 'hyperjump';

export interface SchemaAnalysis {
  readonly engine: Engine;
  /**
   * An upper bound of the schemas and values looked at for one value at the deepest place; Infinity when nothing bounds
   * the time: a pattern, a format whose check is not linear, a schema that refers to itself, the slower engine.
   */
  readonly cost: number;
}

/**
 * Ajv answers rightly, and fast, for schemas without what is listed here; the conformant engine takes the rest.
 * Unevaluated items and properties need annotations that ajv collects wrongly behind `if`, `$ref` and `contains`,
 * truly dynamic references it resolves to the first target, it leaves out a member named `__proto__`, and a required
 * member with the empty name it does not miss where another schema decides what becomes of that (`if`, `not`, `anyOf`).
 */
export function analyse(
  root: SchemaNode,
  resources: readonly SchemaResource[],
  nodes: readonly SchemaNode[],
): SchemaAnalysis {
  const engine =
    nodes.some(isBeyondAjv) || new Set(resources.map(({ dialect }) => dialect.draft)).size > 1 ? 'hyperjump' : 'ajv';
  return { engine, cost: engine === 'ajv' ? new CostEstimate().of(root) : Infinity };
}

function isBeyondAjv(node: SchemaNode): boolean {
  return (
    node.references.some(({ dynamic }) => dynamic) ||
    node.keywords.some(
      ({ keyword, value }) =>
        keyword === 'unevaluatedItems' || keyword === 'unevaluatedProperties' || namesWhatAjvLoses(keyword, value),
    )
  );
}

function namesWhatAjvLoses(keyword: string, value: JsonValue): boolean {
  if (keyword === 'enum' || keyword === 'const') return false;
  if (isJsonArray(value)) return listsLostName(value);
  if (!isJsonObject(value)) return false;
  return (
    Object.hasOwn(value, '__proto__') || Object.values(value).some((item) => isJsonArray(item) && listsLostName(item))
  );
}

const listsLostName = (names: readonly JsonValue[]): boolean => names.includes('__proto__') || names.includes('');

class CostEstimate {
  private readonly known = new Map<SchemaNode, number>();

  of(node: SchemaNode): number {
    const known = this.known.get(node);
    if (known !== undefined) return known;
    // Met again while it is being added up, the schema refers to itself.
    this.known.set(node, Infinity);
    let cost = 1;
    for (const entry of node.keywords) cost += this.ofKeyword(entry);
    for (const { target } of node.references) cost += target ? this.of(target) : 0;
    this.known.set(node, cost);
    return cost;
  }

  private ofKeyword({ keyword, value, children }: KeywordEntry): number {
    if (definitionKeywords.has(keyword)) return 0;
    if (keyword === 'pattern' || keyword === 'patternProperties') return Infinity;
    if (keyword === 'format')
      return typeof value !== 'string' || isLinearFormat(value) || !formatCheck(value) ? 1 : Infinity;
    let cost = isJsonArray(value) ? value.length : 1;
    for (const { node } of children) cost += this.of(node);
    return cost;
  }
}

/** A schema that applies itself to the same value again without end; undefined when there is none. */
export function findEndlessSchema(nodes: readonly SchemaNode[]): SchemaNode | undefined {
  const done = new Set<SchemaNode>();
  const open = new Set<SchemaNode>();
  const visit = (node: SchemaNode): SchemaNode | undefined => {
    if (done.has(node)) return undefined;
    if (open.has(node)) return node;
    open.add(node);
    for (const next of appliedInPlace(node)) {
      const found = visit(next);
      if (found) return found;
    }
    open.delete(node);
    done.add(node);
    return undefined;
  };
  for (const node of nodes) {
    const found = visit(node);
    if (found) return found;
  }
  return undefined;
}

function* appliedInPlace(node: SchemaNode): Generator<SchemaNode> {
  for (const { target, dynamic } of node.references) if (target && !dynamic) yield target;
  for (const { keyword, children } of node.keywords) {
    if (inPlaceKeywords.has(keyword)) for (const child of children) yield child.node;
  }
}
