import Ajv from 'ajv';
import type { ErrorObject, FuncKeywordDefinition, Options } from 'ajv';
import Ajv2019 from 'ajv/dist/2019';
import Ajv2020 from 'ajv/dist/2020';
import AjvDraft04 from 'ajv-draft-04';
import type { JsonValue } from '../../common/json/json-value';
import { explainAjvErrors } from './ajv-errors';
import { formatCheck, formatNames } from './formats';
import { compilePattern, hasUniqueItems, isMultipleOf, oneOfKeys } from './keyword-semantics';
import type { LinkedResource } from './linked-schema';
import type { Draft, Verdict } from './validation.types';

export type Validate = (content: JsonValue, maxErrors: number) => Verdict;

const regExp = Object.assign((pattern: string) => compilePattern(pattern), { code: 'compilePattern' });

const options: Options = {
  strict: false,
  allErrors: true,
  verbose: true,
  ownProperties: true,
  // The linker has checked the schema already, and what it writes is no longer what an author would.
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp },
};

const makers: Record<Draft, () => Ajv> = {
  'draft-04': () => new AjvDraft04(options) as Ajv,
  'draft-06': () => new Ajv(options),
  'draft-07': () => new Ajv(options),
  '2019-09': () => new Ajv2019(options),
  '2020-12': () => new Ajv2020(options),
};

/** Ajv's own calls what members named valueOf or toString hold, also when it checks a schema against its meta-schema. */
export const uniqueItemsKeyword: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  compile: (unique: boolean) => (items: JsonValue[]) => !unique || hasUniqueItems(items),
};

const ownKeywords: readonly FuncKeywordDefinition[] = [
  { keyword: 'enum', compile: (keys: string[]) => oneOfKeys(keys) },
  { keyword: 'const', compile: (key: string) => oneOfKeys([key]) },
  { keyword: 'multipleOf', type: 'number', compile: (divisor: number) => isMultipleOf(divisor) },
  uniqueItemsKeyword,
];

/** Compiles linked resources of one draft; the first is the root. */
export function compileWithAjv(resources: readonly LinkedResource[]): Validate {
  const root = resources[0];
  if (!root) throw new Error('there is no schema to compile');
  const ajv = makers[root.draft]();
  for (const definition of ownKeywords) ajv.removeKeyword(String(definition.keyword)).addKeyword(definition);
  for (const name of formatNames) {
    const validate = formatCheck(name);
    if (validate) ajv.addFormat(name, { type: 'string', validate });
  }
  for (const { uri, schema } of resources) ajv.addSchema(schema, uri);
  const validate = ajv.getSchema(root.uri);
  if (!validate) throw new Error(`${root.uri} was not compiled`);
  return (content, maxErrors) => {
    if (validate(content) === true) return { valid: true, errors: [] };
    const errors: ErrorObject[] = validate.errors ?? [];
    // The next call makes a new list; holding this one would hold the content.
    validate.errors = null;
    return { valid: false, errors: maxErrors === 0 ? [] : explainAjvErrors(errors, maxErrors) };
  };
}
