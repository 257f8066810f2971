import Ajv from 'ajv';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json';
import Ajv2019 from 'ajv/dist/2019';
import Ajv2020 from 'ajv/dist/2020';
import AjvDraft04 from 'ajv-draft-04';
import type { JsonValue } from '../../common/json/json-value';
import { uniqueItemsKeyword } from './ajv-engine';
import { explainAjvErrors } from './ajv-errors';
import type { Dialect } from './dialect';
import type { Draft, ValidationError } from './validation.types';

/*
 * Formats are not asserted here: whether a pattern compiles and a reference resolves is checked by the linker, which
 * can say more about it.
 */
const options = {
  strict: false,
  allErrors: true,
  verbose: true,
  ownProperties: true,
  validateFormats: false,
  logger: false,
} as const;

const makers: Record<Draft, () => Ajv> = {
  'draft-04': () => mended(new AjvDraft04(options) as Ajv),
  'draft-06': () => mended(new Ajv(options)).addMetaSchema(draft06),
  'draft-07': () => mended(new Ajv(options)),
  '2019-09': () => mended(new Ajv2019(options)),
  '2020-12': () => mended(new Ajv2020(options)),
};
const instances = new Map<Draft, Ajv>();
const maxErrors = 20;

/** What breaks the meta-schema of the draft; pointers into the schema. */
export function metaSchemaErrors(dialect: Dialect, schema: JsonValue): ValidationError[] {
  const validate = instanceOf(dialect.draft).getSchema(dialect.uri);
  if (!validate) throw new Error(`no meta-schema for ${dialect.draft}`);
  return validate(schema) === true ? [] : explainAjvErrors(validate.errors ?? [], maxErrors);
}

/** The text of a published meta-schema or of one of its vocabularies, which a schema may refer to. */
export function metaSchemaText(uri: string): string | undefined {
  for (const draft of Object.keys(makers) as Draft[]) {
    const { schemas } = instanceOf(draft);
    const found = schemas[uri] ?? schemas[`${uri}#`];
    if (found) return JSON.stringify(found.schema);
  }
  return undefined;
}

function instanceOf(draft: Draft): Ajv {
  const known = instances.get(draft);
  if (known) return known;
  const made = makers[draft]();
  instances.set(draft, made);
  return made;
}

/** Before the first meta-schema is compiled. */
function mended(ajv: Ajv): Ajv {
  return ajv.removeKeyword('uniqueItems').addKeyword(uniqueItemsKeyword);
}
