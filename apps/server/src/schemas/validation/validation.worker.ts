import { LRUCache } from 'lru-cache';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected } from '../../common/rejected';
import { answerRequests } from '../../common/threads/thread-messages';
import type { Validate } from './ajv-engine';
import { compileWithAjv } from './ajv-engine';
import { compileWithHyperjump } from './hyperjump-engine';
import type { LinkedSchema, LinkRequest } from './schema-compiler';
import { compileOrRefuse, linkSchema, MissingSchemas, refusalOf } from './schema-compiler';
import type {
  InspectRequest,
  ValidateManyRequest,
  ValidateRequest,
  ValidationReply,
  ValidationRequest,
} from './validation-messages';
import type { Verdict } from './validation.types';

/** Untrusted schemas are compiled and run here, one at a time; the pool ends the thread when one takes too long. */
const compiled = new LRUCache<string, Validate>({ max: 500 });

answerRequests(answer);

async function answer(request: ValidationRequest, nextPhase: () => void): Promise<ValidationReply> {
  try {
    return await handlers[request.kind](request as never, nextPhase);
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

async function validate(request: ValidateRequest, nextPhase: () => void): Promise<ValidationReply> {
  const run = await validatorOf(request, nextPhase);
  if (!run) return { kind: 'bundle-needed' };
  return { kind: 'verdict', verdict: run(JSON.parse(request.content) as JsonValue, request.maxErrors) };
}

async function validateMany(request: ValidateManyRequest, nextPhase: () => void): Promise<ValidationReply> {
  const { contents, maxErrors, budgetMs } = request;
  const run = await validatorOf(request, nextPhase);
  if (!run) return { kind: 'bundle-needed' };
  const end = performance.now() + budgetMs;
  const verdicts: Verdict[] = [];
  for (const content of contents) {
    try {
      verdicts.push(run(JSON.parse(content) as JsonValue, maxErrors));
    } catch (error) {
      // Asked again, it is the first of its list and the answer is about it alone.
      if (verdicts.length > 0 && error instanceof RangeError) break;
      throw error;
    }
    if (performance.now() >= end) break;
  }
  return { kind: 'verdicts', verdicts };
}

/** Undefined when the bundle is needed to compile it. */
async function validatorOf(
  { key, bundle }: ValidateRequest | ValidateManyRequest,
  nextPhase: () => void,
): Promise<Validate | undefined> {
  const known = key === null ? undefined : compiled.get(key);
  const run = known ?? (bundle && (await compile(linkSchema(linkRequest(bundle)))));
  if (run && key !== null) compiled.set(key, run);
  if (bundle) nextPhase();
  return run;
}

const handlers = { inspect, validate, 'validate-many': validateMany };

function linkRequest({ root, references }: NonNullable<ValidateRequest['bundle']>): LinkRequest {
  return { text: root.text, sources: references, isTrusted: root.key !== null };
}

function compile(linked: LinkedSchema): Promise<Validate> {
  return compileOrRefuse(() =>
    linked.engine === 'ajv' ? compileWithAjv(linked.resources) : compileWithHyperjump(linked.resources),
  );
}
