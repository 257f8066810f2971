/// <reference lib="es2024.string" />
import type { JsonObject, JsonValue } from '../../common/json/json-value';
import { isJsonArray, isJsonObject, member } from '../../common/json/json-value';
import { shortenedError } from '../../common/input-errors';
import { appendToken } from '../../common/json/json-pointer';
import { compilePattern } from './keyword-semantics';
import type { ValidationError } from './validation.types';

/** A keyword that failed, as either engine tells it. */
export interface Failure {
  /** Of the value in the content. */
  readonly pointer: string;
  readonly keyword: string;
  /** The schema object that holds the keyword; undefined for the schema `false`. */
  readonly schema: JsonObject | undefined;
  readonly value: JsonValue;
  /** Set when it is not the value that fails but the name of this member. */
  readonly memberName?: string;
}

const shownLength = 80;
const shownValues = 20;

/** One entry for each thing to mend: a missing or surplus member each has its own. */
export function explain(failure: Failure): ValidationError[] {
  return explainWhole(failure).map(shortenedError);
}

function explainWhole(failure: Failure): ValidationError[] {
  const { keyword, schema, value, memberName } = failure;
  const pointer = memberName === undefined ? failure.pointer : appendToken(failure.pointer, memberName);
  const limit = schema === undefined ? undefined : member(schema, keyword);
  const several = schema === undefined ? undefined : explainMembers(failure, schema, limit ?? null);
  if (several) return several;
  const message = describe(keyword, limit ?? null, schema ?? {}, value);
  return [
    {
      pointer,
      keyword,
      message: memberName === undefined ? message : `the member name ${show(memberName)} ${message}`,
    },
  ];
}

function explainMembers(failure: Failure, schema: JsonObject, limit: JsonValue): ValidationError[] | undefined {
  const { keyword, pointer, value } = failure;
  if (!isJsonObject(value)) return undefined;
  const missing = (names: JsonValue | undefined, because: string): ValidationError[] =>
    strings(names)
      .filter((name) => !Object.hasOwn(value, name))
      .map((name) => ({ pointer, keyword, message: `must have the member ${show(name)}${because}` }));
  if (keyword === 'required') return missing(limit, '');
  // A dependency on a schema is told by that schema.
  if (keyword === 'additionalProperties' && limit === false) {
    const accepted = acceptedMembers(schema);
    return surplusMembers(schema, value).map((name) => ({
      pointer: appendToken(pointer, name),
      keyword,
      message: `is not an accepted member; accepted ${accepted}`,
    }));
  }
  if ((keyword === 'dependentRequired' || keyword === 'dependencies') && isJsonObject(limit)) {
    return Object.keys(limit)
      .filter((name) => Object.hasOwn(value, name))
      .flatMap((name) => missing(member(limit, name), `, because it has ${show(name)}`));
  }
  return undefined;
}

function surplusMembers(schema: JsonObject, value: JsonObject): string[] {
  const named = member(schema, 'properties');
  const patterns = member(schema, 'patternProperties');
  const expressions = isJsonObject(patterns) ? Object.keys(patterns).map(compilePattern) : [];
  return Object.keys(value).filter(
    (name) =>
      !(isJsonObject(named) && Object.hasOwn(named, name)) && !expressions.some((expression) => expression.test(name)),
  );
}

function acceptedMembers(schema: JsonObject): string {
  const named = member(schema, 'properties');
  const patterns = member(schema, 'patternProperties');
  const names = isJsonObject(named) ? Object.keys(named) : [];
  const expressions = isJsonObject(patterns) ? Object.keys(patterns) : [];
  if (names.length === 0 && expressions.length === 0) return 'are none';
  const list = names.length > 0 ? `are ${showList(names)}` : '';
  const matching =
    expressions.length > 0 ? `${list ? ' and ' : 'are '}names that match ${expressions.join(' or ')}` : '';
  return list + matching;
}

type Describe = (limit: JsonValue, schema: JsonObject, value: JsonValue) => string;

const descriptions: Readonly<Record<string, Describe>> = {
  type: (limit, _schema, value) =>
    `must be ${orList(isJsonArray(limit) ? strings(limit) : [String(limit)])}, is ${typeName(value)}`,
  enum: (limit, _schema, value) =>
    `must be one of ${strings(limit).slice(0, shownValues).map(shorten).join(', ')}${strings(limit).length > shownValues ? ', ...' : ''}; is ${show(value)}`,
  const: (limit, _schema, value) => `must be ${shorten(String(limit))}, is ${show(value)}`,
  multipleOf: (limit, _schema, value) => `must be a multiple of ${show(limit)}, is ${show(value)}`,
  minimum: (limit, schema, value) =>
    `must be ${member(schema, 'exclusiveMinimum') === true ? 'more than' : 'at least'} ${show(limit)}, is ${show(value)}`,
  maximum: (limit, schema, value) =>
    `must be ${member(schema, 'exclusiveMaximum') === true ? 'less than' : 'at most'} ${show(limit)}, is ${show(value)}`,
  exclusiveMinimum: (limit, schema, value) =>
    `must be more than ${show(limit === true ? (member(schema, 'minimum') ?? null) : limit)}, is ${show(value)}`,
  exclusiveMaximum: (limit, schema, value) =>
    `must be less than ${show(limit === true ? (member(schema, 'maximum') ?? null) : limit)}, is ${show(value)}`,
  minLength: (limit, _schema, value) => `must have at least ${show(limit)} characters, has ${sizeOf(value)}`,
  maxLength: (limit, _schema, value) => `must have at most ${show(limit)} characters, has ${sizeOf(value)}`,
  minItems: (limit, _schema, value) => `must have at least ${show(limit)} items, has ${sizeOf(value)}`,
  maxItems: (limit, _schema, value) => `must have at most ${show(limit)} items, has ${sizeOf(value)}`,
  minProperties: (limit, _schema, value) => `must have at least ${show(limit)} members, has ${sizeOf(value)}`,
  maxProperties: (limit, _schema, value) => `must have at most ${show(limit)} members, has ${sizeOf(value)}`,
  pattern: (limit, _schema, value) => `must match the pattern ${String(limit)}, is ${show(value)}`,
  format: (limit, _schema, value) => `must be a valid ${String(limit)}, is ${show(value)}`,
  uniqueItems: () => 'must have no two equal items',
  contains: (_limit, schema) => `must have ${containsRange(schema)} that match the schema under contains`,
  items: () => 'has more items than are accepted',
  additionalItems: () => 'has more items than are accepted',
  additionalProperties: () => 'has members that are not accepted',
  unevaluatedItems: () => 'has an item that no part of the schema accepts',
  unevaluatedProperties: () => 'has a member that no part of the schema accepts',
  propertyNames: () => 'is not accepted as a member name',
  anyOf: (limit) => `must match at least one of ${sizeOf(limit)} alternatives, matches none`,
  oneOf: (limit) => `must match exactly one of ${sizeOf(limit)} alternatives`,
  not: () => 'must not match the schema under not',
  if: () => 'must match the schema that applies under its condition',
  required: (limit) => `must have the members ${showList(strings(limit))}`,
  'false schema': () => 'is not accepted here: no value is',
};

function describe(keyword: string, limit: JsonValue, schema: JsonObject, value: JsonValue): string {
  const text = Object.hasOwn(descriptions, keyword) ? descriptions[keyword] : undefined;
  return text ? text(limit, schema, value) : `must satisfy ${keyword}`;
}

function containsRange(schema: JsonObject): string {
  const least = member(schema, 'minContains') ?? 1;
  const most = member(schema, 'maxContains');
  return most === undefined ? `at least ${show(least)} items` : `from ${show(least)} to ${show(most)} items`;
}

function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return [...value].length;
  if (isJsonArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function strings(value: JsonValue | undefined): string[] {
  return isJsonArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function orList(names: readonly string[]): string {
  return names.length < 2 ? String(names[0]) : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function showList(names: readonly string[]): string {
  const shown = names.slice(0, shownValues).map(show).join(', ');
  return names.length > shownValues ? `${shown}, ...` : shown;
}

/** Content can be large; a message is read by people. */
function show(value: JsonValue): string {
  if (typeof value === 'object' && value !== null)
    return isJsonArray(value) ? `an array of ${value.length} items` : 'an object';
  return shorten(JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length > shownLength ? `${text.slice(0, shownLength).toWellFormed()}...` : text;
}
