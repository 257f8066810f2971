import { LRUCache } from 'lru-cache';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { answerRequests } from '../../common/threads/thread-messages';
import type { Validate } from './ajv-engine';
import { compileWithAjv } from './ajv-engine';
import { compileWithHyperjump } from './hyperjump-engine';
import type { LinkedSchema, LinkRequest } from './schema-compiler';
import { compileOrRefuse, linkSchema, MissingSchemas, refusalOf } from './schema-compiler';
import type { InspectRequest, ValidateRequest, ValidationReply, ValidationRequest } from './validation-messages';

/** Untrusted schemas are compiled and run here, one at a time; the pool ends the thread when one takes too long. */
const compiled = new LRUCache<string, Validate>({ max: 500 });

answerRequests(answer);

async function answer(request: ValidationRequest, nextPhase: () => void): Promise<ValidationReply> {
  try {
    return request.kind === 'inspect' ? await inspect(request) : await validate(request, nextPhase);
  } catch (error) {
    if (error instanceof MissingSchemas)
      return { kind: 'schemas-missing', uris: error.uris, detail: refusalOf(error.errors) };
    if (error instanceof Rejected && error.code === 'schema-invalid')
      return { kind: 'schema-refused', detail: error.detail };
    if (error instanceof RangeError) return { kind: 'stack-exhausted' };
    throw error;
  }
}

async function inspect({ text, sources }: InspectRequest): Promise<ValidationReply> {
  const linked = linkSchema({ text, sources, isTrusted: false });
  await compile(linked);
  return {
    kind: 'inspected',
    draft: linked.draft,
    schemaUri: linked.schemaUri,
    references: linked.direct,
    closure: linked.reached,
  };
}

async function validate(
  { key, bundle, content, maxErrors }: ValidateRequest,
  nextPhase: () => void,
): Promise<ValidationReply> {
  const known = key === null ? undefined : compiled.get(key);
  if (!known && !bundle) return { kind: 'bundle-needed' };
  const run = known ?? (bundle && (await compile(linkSchema(linkRequest(bundle)))));
  if (!run) return { kind: 'bundle-needed' };
  if (key !== null) compiled.set(key, run);
  if (bundle) nextPhase();
  return { kind: 'verdict', verdict: run(JSON.parse(content) as JsonValue, maxErrors) };
}

function linkRequest({ root, references }: NonNullable<ValidateRequest['bundle']>): LinkRequest {
  return { text: root.text, sources: references, isTrusted: root.key !== null };
}

function compile(linked: LinkedSchema): Promise<Validate> {
  return compileOrRefuse(() =>
    linked.engine === 'ajv' ? compileWithAjv(linked.resources) : compileWithHyperjump(linked.resources),
  );
}
