import type { Draft } from './validation.types';

/** What a keyword's value holds: which parts of it are schemas. */
export type KeywordShape = 'value' | 'schema' | 'schemas' | 'schemas-by-name' | 'schema-or-schemas' | 'dependencies';

export interface Dialect {
  readonly draft: Draft;
  /** As `$schema` names it, without the empty fragment. */
  readonly uri: string;
  readonly idKeyword: 'id' | '$id';
  /** Up to draft-07 an object with `$ref` is nothing but a reference: what stands beside it is not applied. */
  readonly refStandsAlone: boolean;
  readonly definitionsKeyword: 'definitions' | '$defs';
  /** Every keyword that decides or that holds schemas. Others, annotations among them, are ignored. */
  readonly keywords: ReadonlyMap<string, KeywordShape>;
}

const values = (...names: string[]): [string, KeywordShape][] => names.map((name) => [name, 'value']);

const common: [string, KeywordShape][] = [
  ...values('type', 'enum', 'multipleOf', 'maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum'),
  ...values('maxLength', 'minLength', 'pattern', 'format', 'maxItems', 'minItems', 'uniqueItems'),
  ...values('maxProperties', 'minProperties', 'required'),
  ['properties', 'schemas-by-name'],
  ['patternProperties', 'schemas-by-name'],
  ['additionalProperties', 'schema'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
  ['not', 'schema'],
  ['definitions', 'schemas-by-name'],
  // Since 2019-09 optional; whoever still writes it expects it to be checked.
  ['dependencies', 'dependencies'],
];
const itemsUntil2019: [string, KeywordShape][] = [
  ['items', 'schema-or-schemas'],
  ['additionalItems', 'schema'],
];
const since06: [string, KeywordShape][] = [...values('const'), ['contains', 'schema'], ['propertyNames', 'schema']];
const since07: [string, KeywordShape][] = [
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
];
const since2019: [string, KeywordShape][] = [
  ...values('dependentRequired', 'minContains', 'maxContains'),
  ['dependentSchemas', 'schemas-by-name'],
  ['unevaluatedItems', 'schema'],
  ['unevaluatedProperties', 'schema'],
  ['$defs', 'schemas-by-name'],
];
const prefixItems: [string, KeywordShape][] = [
  ['prefixItems', 'schemas'],
  ['items', 'schema'],
];

const all: readonly Dialect[] = [
  legacy('draft-04', 'http://json-schema.org/draft-04/schema', 'id', []),
  legacy('draft-06', 'http://json-schema.org/draft-06/schema', '$id', since06),
  legacy('draft-07', 'http://json-schema.org/draft-07/schema', '$id', [...since06, ...since07]),
  current('2019-09', 'https://json-schema.org/draft/2019-09/schema', itemsUntil2019),
  current('2020-12', 'https://json-schema.org/draft/2020-12/schema', prefixItems),
];

function legacy(draft: Draft, uri: string, idKeyword: 'id' | '$id', added: [string, KeywordShape][]): Dialect {
  const keywords = new Map([...common, ...itemsUntil2019, ...added]);
  return { draft, uri, idKeyword, refStandsAlone: true, definitionsKeyword: 'definitions', keywords };
}

function current(draft: Draft, uri: string, items: [string, KeywordShape][]): Dialect {
  const keywords = new Map([...common, ...since06, ...since07, ...since2019, ...items]);
  return { draft, uri, idKeyword: '$id', refStandsAlone: false, definitionsKeyword: '$defs', keywords };
}

export const acceptedSchemaUris: readonly string[] = all.map(({ uri }) => uri);
export const defaultDialect = dialectOf('2020-12');

export function dialectOf(draft: Draft): Dialect {
  const dialect = all.find((candidate) => candidate.draft === draft);
  if (!dialect) throw new Error(`no dialect for ${draft}`);
  return dialect;
}

/** The dialect that a `$schema` names, with or without an empty fragment; undefined for any other. */
export function dialectByUri(schemaUri: string): Dialect | undefined {
  const uri = schemaUri.endsWith('#') ? schemaUri.slice(0, -1) : schemaUri;
  return all.find((candidate) => candidate.uri === uri);
}
