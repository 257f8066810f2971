import * as Browser from '@hyperjump/browser';
import { addKeyword, getKeywordName, Validation } from '@hyperjump/json-schema/experimental';
import type { Keyword, ValidationContext } from '@hyperjump/json-schema/experimental';
import * as Instance from '@hyperjump/json-schema/instance/experimental';
import type { JsonNode } from '@hyperjump/json-schema/instance/experimental';
import type { JsonValue } from '../../common/json/json-value';
import { formatCheck } from './formats';
import { compilePattern, hasUniqueItems, isMultipleOf, oneOfKeys } from './keyword-semantics';

const id = (name: string): string => `https://json-schema.org/keyword/${name}`;
const formatIds = [
  'draft-04/format',
  'draft-06/format',
  'draft-07/format',
  'draft-2019-09/format',
  'draft-2020-12/format',
  'draft-2020-12/format-assertion',
  'draft-2019-09/format-assertion',
];

type Schema = Browser.Browser<never>;
interface Evaluated extends ValidationContext {
  readonly evaluatedProperties?: Set<string>;
}

/** A keyword that looks at one value and has no schemas. */
function simple(
  name: string,
  make: (limit: JsonValue) => (value: JsonValue) => boolean,
): Keyword<(value: JsonValue) => boolean> {
  return {
    id: id(name),
    compile: (schema) => Promise.resolve(make(Browser.value(schema as never))),
    interpret: (check, instance) => check(Instance.value(instance)),
  };
}

/** The keywords that `keyword-semantics.ts` tells of, in place of the library's. */
export function addOwnKeywords(): void {
  addKeyword(simple('enum', (keys) => oneOfKeys(keys as string[])));
  addKeyword(simple('const', (key) => oneOfKeys([key as string])));
  addKeyword(
    simple('multipleOf', (limit) => {
      const check = isMultipleOf(limit as number);
      return (value) => typeof value !== 'number' || check(value);
    }),
  );
  addKeyword(
    simple('uniqueItems', (unique) => (value) => unique !== true || !Array.isArray(value) || hasUniqueItems(value)),
  );
  addKeyword(
    simple('pattern', (limit) => {
      const pattern = compilePattern(limit as string);
      return (value) => typeof value !== 'string' || pattern.test(value);
    }),
  );
  for (const name of formatIds) {
    addKeyword(
      simple(name, (limit) => {
        const check = formatCheck(limit as string);
        return (value) => typeof value !== 'string' || !check || check(value);
      }),
    );
  }
  addKeyword(patternProperties);
  addKeyword(additionalProperties);
}

const patternProperties: Keyword<[RegExp, string][], Evaluated> = {
  id: id('patternProperties'),
  simpleApplicator: true,
  async compile(schema, ast) {
    const compiled: [RegExp, string][] = [];
    for await (const [pattern, propertySchema] of Browser.entries(schema as never)) {
      compiled.push([compilePattern(pattern), await Validation.compile(propertySchema as never, ast, schema)]);
    }
    return compiled;
  },
  interpret(patterns, instance, context) {
    if (Instance.typeOf(instance) !== 'object') return true;
    let valid = true;
    for (const [name, value] of members(instance)) {
      for (const [pattern, schemaUri] of patterns) {
        if (!pattern.test(name)) continue;
        if (!Validation.interpret(schemaUri, value, context)) valid = false;
        context.evaluatedProperties?.add(name);
      }
    }
    return valid;
  },
};

const additionalProperties: Keyword<[Set<string>, RegExp[], string], Evaluated> = {
  id: id('additionalProperties'),
  simpleApplicator: true,
  async compile(schema, ast, parent) {
    const named = namesUnder(parent as never, schema.document.dialectId, 'properties');
    const patterns = namesUnder(parent as never, schema.document.dialectId, 'patternProperties');
    return [new Set(named), patterns.map(compilePattern), await Validation.compile(schema, ast, parent)];
  },
  interpret([named, patterns, schemaUri], instance, context) {
    if (Instance.typeOf(instance) !== 'object') return true;
    let valid = true;
    for (const [name, value] of members(instance)) {
      if (named.has(name) || patterns.some((pattern) => pattern.test(name))) continue;
      if (!Validation.interpret(schemaUri, value, context)) valid = false;
      context.evaluatedProperties?.add(name);
    }
    return valid;
  },
};

function namesUnder(parent: Schema, dialectId: string, keyword: string): string[] {
  const name = getKeywordName(dialectId, id(keyword));
  const holder = Browser.value(parent) as Record<string, JsonValue>;
  const value = name === undefined || !Object.hasOwn(holder, name) ? undefined : holder[name];
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function* members(instance: JsonNode): Generator<[string, JsonNode]> {
  for (const [name, value] of Instance.entries(instance)) yield [Instance.value(name), value];
}
