import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

interface Documented {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

interface Answers {
  readonly responses: Readonly<Record<string, Documented>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Answers>>>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

const text = readFileSync(join(__dirname, '..', '..', 'openapi', 'openapi.yaml'), 'utf8');
const document = JSON.parse(JSON.stringify(parse(text)), (name, value: unknown) => {
  // Examples hold schemas with an $id of their own, which ajv would take for parts of the document.
  if (name === 'example') return undefined;
  return isNullable(value) ? { anyOf: [withoutNullable(value), { type: 'null' }] } : value;
}) as Document;

function withoutNullable(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== 'nullable'));
}

function isNullable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'nullable' in value && value.nullable === true;
}
// A member that the document does not know is a mistake in the document, so shapes are closed for the check.
for (const schema of Object.values(document.components.schemas)) {
  if (schema['type'] === 'object' && schema['properties'] && schema['additionalProperties'] === undefined)
    schema['additionalProperties'] = false;
}

const ajv = addFormats(new Ajv({ strict: false, allErrors: true, validateFormats: true }));
ajv.addSchema({ $id: 'openapi', components: document.components });
const compiled = new Map<string, ValidateFunction>();

const paths = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`),
  places: (path.match(/\{/g) ?? []).length,
}));

function operationOf(method: string, url: string): { name: string; answers: Answers } | undefined {
  const path = url.replace(/\?.*$/s, '');
  const [found] = paths.filter(({ pattern }) => pattern.test(path)).sort((a, b) => a.places - b.places);
  const answers = found && document.paths[found.path]?.[method === 'head' ? 'get' : method];
  return answers && { name: `${method.toUpperCase()} ${found.path}`, answers };
}

/** What any client has of an answer. */
export interface ReceivedAnswer {
  readonly status: number;
  /** The media type, without its parameters. */
  readonly type: string;
  readonly text: string;
}

/** Not a failed request: whoever expects those must let this one through. */
export class UndocumentedAnswer extends Error {}

/** Throws when the answer is not one that the OpenAPI document promises for this operation. */
export function checkAnswer(method: string, url: string, { status, type, text }: ReceivedAnswer): void {
  const operation = operationOf(method, url);
  if (!operation) {
    // What is no operation may answer that it is none, or lie outside the API.
    if ([400, 401, 404, 405, 408, 413, 415, 422, 429].includes(status) || /^\/(docs|openapi|$)/.test(url)) return;
    throw new UndocumentedAnswer(
      `${method.toUpperCase()} ${url} answered ${status}, but openapi.yaml does not know it`,
    );
  }
  const { name, answers } = operation;
  // Probes and the edge: what any HTTP server may answer before it knows the route.
  if (status === 405) return;
  const documented = answers.responses[status];
  if (!documented)
    throw new UndocumentedAnswer(`${name} answered ${status} (${text}), which openapi.yaml does not know`);
  if (method === 'head' || status === 204 || status === 304) return;
  const media = documented.content?.[type];
  if (!media) throw new UndocumentedAnswer(`${name} answered ${status} as ${type}, which openapi.yaml does not know`);
  if (!/json$/.test(type)) return;
  const body: unknown = JSON.parse(text);
  const validate = validatorOf(`${name} ${status} ${type}`, media.schema);
  if (!validate(body))
    throw new UndocumentedAnswer(
      `${name} answered ${status} with a body that openapi.yaml does not allow: ${ajv.errorsText(validate.errors)}\n${text}`,
    );
  if (type !== 'application/problem+json') return;
  const { code } = body as { readonly code: string };
  if (!documented.description.includes(`\`${code}\``))
    throw new UndocumentedAnswer(`${name} answered ${status} ${code}, which openapi.yaml does not name there`);
}

function validatorOf(key: string, schema: object): ValidateFunction {
  const known = compiled.get(key);
  if (known) return known;
  const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components');
  const validate = ajv.compile(JSON.parse(text) as object);
  compiled.set(key, validate);
  return validate;
}
