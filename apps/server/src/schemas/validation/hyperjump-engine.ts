import { removeUriSchemePlugin } from '@hyperjump/browser';
import '@hyperjump/json-schema/draft-04';
import '@hyperjump/json-schema/draft-06';
import '@hyperjump/json-schema/draft-07';
import '@hyperjump/json-schema/draft-2019-09';
import { registerSchema, setShouldValidateSchema, unregisterSchema } from '@hyperjump/json-schema/draft-2020-12';
import type { SchemaObject } from '@hyperjump/json-schema/draft-2020-12';
import { BASIC, compile, getSchema, interpret } from '@hyperjump/json-schema/experimental';
import type { CompiledSchema } from '@hyperjump/json-schema/experimental';
import * as Instance from '@hyperjump/json-schema/instance/experimental';
import { pointerOf, tokensOf, valueAt } from '../../common/json/json-pointer';
import type { JsonValue } from '../../common/json/json-value';
import { isJsonObject } from '../../common/json/json-value';
import type { Validate } from './ajv-engine';
import { dialectOf } from './dialect';
import { explain } from './explain-error';
import { addOwnKeywords } from './hyperjump-keywords';
import type { LinkedResource } from './linked-schema';
import type { ValidationError } from './validation.types';

// Nothing is ever fetched: neither http(s) nor file.
for (const scheme of ['http', 'https', 'file']) removeUriSchemePlugin(scheme);
// The linker has checked the schema already, and what it writes is no longer what an author would.
setShouldValidateSchema(false);
addOwnKeywords();

interface OutputUnit {
  readonly keyword: string;
  readonly absoluteKeywordLocation: string;
  readonly instanceLocation: string;
}

/** The registry of the library is global: the schemas are in it only while they are compiled, under URIs of their own. */
export async function compileWithHyperjump(resources: readonly LinkedResource[]): Promise<Validate> {
  const root = resources[0];
  if (!root) throw new Error('there is no schema to compile');
  for (const { uri, draft, schema } of resources)
    registerSchema(schema as SchemaObject | boolean, uri, dialectOf(draft).uri);
  let compiled: CompiledSchema;
  try {
    compiled = await compile(await getSchema(root.uri));
  } finally {
    for (const { uri } of resources) unregisterSchema(uri);
  }
  const schemas = new Map(resources.map((resource) => [resource.uri, resource]));
  return (content, maxErrors) => {
    if (interpret(compiled, Instance.fromJs(content as never)).valid) return { valid: true, errors: [] };
    // Explaining costs as much again.
    if (maxErrors === 0) return { valid: false, errors: [] };
    const output = interpret(compiled, Instance.fromJs(content as never), BASIC);
    const units = output.valid ? [] : (output.errors ?? []);
    return { valid: false, errors: explainUnits(units, schemas, content, maxErrors) };
  };
}

function explainUnits(
  units: readonly OutputUnit[],
  schemas: ReadonlyMap<string, LinkedResource>,
  content: JsonValue,
  maxErrors: number,
): ValidationError[] {
  const told = new Map<string, ValidationError>();
  for (const unit of units) {
    for (const entry of explainUnit(unit, schemas, content))
      told.set(`${entry.pointer}\n${entry.keyword}\n${entry.message}`, entry);
    if (told.size >= maxErrors) break;
  }
  return [...told.values()].slice(0, maxErrors);
}

function explainUnit(
  unit: OutputUnit,
  schemas: ReadonlyMap<string, LinkedResource>,
  content: JsonValue,
): ValidationError[] {
  const [uri = '', fragment = ''] = unit.absoluteKeywordLocation.split('#');
  const location = tokensOf(decodeURIComponent(fragment)) ?? [];
  const holder = valueAt(schemas.get(uri)?.schema ?? null, location.slice(0, -1));
  const schema = isJsonObject(holder) ? holder : undefined;
  const keyword = location.at(-1) ?? '';
  const { tokens, isName } = placeOf(unit.instanceLocation);
  const parent = tokens.slice(0, -1);
  const name = tokens.at(-1) ?? '';
  if (isName) return explain({ pointer: pointerOf(parent), keyword, schema, value: name, memberName: name });
  if (!unit.keyword.endsWith('/evaluation/validate'))
    return explain({ pointer: pointerOf(tokens), keyword, schema, value: at(content, tokens) });
  // The schema `false` failed: what it was said of is the keyword that holds it.
  if (restKeywords.has(keyword) || (keyword === 'items' && schema && Object.hasOwn(schema, 'prefixItems')))
    return explain({ pointer: pointerOf(parent), keyword, schema, value: at(content, parent) });
  const isUnevaluated = keyword === 'unevaluatedProperties' || keyword === 'unevaluatedItems';
  const told = isUnevaluated ? { keyword, schema } : { keyword: 'false schema', schema: undefined };
  return explain({ pointer: pointerOf(tokens), ...told, value: at(content, tokens) });
}

/** Keywords for what no other keyword names; `false` there is told of the whole array or object. */
const restKeywords: ReadonlySet<string> = new Set(['additionalProperties', 'additionalItems']);

function at(content: JsonValue, tokens: readonly string[]): JsonValue {
  return valueAt(content, tokens) ?? null;
}

/** An asterisk before the pointer means the name of the member, not its value. */
function placeOf(location: string): { tokens: string[]; isName: boolean } {
  const pointer = decodeURIComponent(location.slice(location.indexOf('#') + 1));
  const isName = pointer.startsWith('*');
  return { tokens: tokensOf(isName ? pointer.slice(1) : pointer) ?? [], isName };
}
