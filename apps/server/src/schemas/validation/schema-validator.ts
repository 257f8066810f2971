import { canonicalText } from '../../common/json/canonical-text';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected, reject } from '../../common/rejected';
import { FastPath } from './fast-path';
import type { InspectRequest, ValidateRequest, ValidationReply, ValidationRequest } from './validation-messages';
import type { SchemaBundle, SchemaInspection, SchemaSource, StoredSchemas, Verdict } from './validation.types';
import { workerEntry } from './worker-entry';
import { JobCutOff, PoolClosed, PoolFull, WorkerPool } from './worker-pool';

export interface ValidatorOptions {
  /** Threads for what may not run on the main one. */
  readonly workers: number;
  /** For compiling and running together. */
  readonly timeLimitMs: number;
  readonly maxErrors: number;
  readonly maxWaiting: number;
  readonly maxHeapMb: number;
}

const defaults: ValidatorOptions = { workers: 2, timeLimitMs: 1000, maxErrors: 100, maxWaiting: 1000, maxHeapMb: 256 };
/** How far references may lead from stored schema to stored schema. */
const maxRounds = 50;

/**
 * Checks schemas and contents of all five drafts. Schemas are untrusted: whatever could take long runs on a thread
 * that is ended after `timeLimitMs`, while small contents of harmless schemas are checked at once on the main thread.
 */
export class SchemaValidator {
  private readonly options: ValidatorOptions;
  private readonly pool: WorkerPool<ValidationRequest, ValidationReply>;
  private readonly fastPath = new FastPath();

  constructor(options: Partial<ValidatorOptions> = {}) {
    this.options = { ...defaults, ...options };
    const { workers: size, timeLimitMs, maxWaiting, maxHeapMb } = this.options;
    this.pool = new WorkerPool({ entry: workerEntry(), size, timeLimitMs, maxWaiting, maxHeapMb });
  }

  /**
   * What a schema is and what it refers to. Throws `Rejected`: `schema-invalid` with pointers into the schema when it
   * breaks its meta-schema, refers to something that is not stored, or cannot be compiled within the limits.
   */
  async inspect(schema: JsonValue, stored: StoredSchemas): Promise<SchemaInspection> {
    const text = canonicalText(schema);
    const sources = new Map<string, SchemaSource>();
    // The thread cannot ask for stored schemas, so it names those it misses and is asked again with them.
    for (let round = 0; round < maxRounds; round++) {
      const reply = await this.inspectOnce({ kind: 'inspect', text, sources: [...sources.values()] });
      if (reply.kind === 'inspected') {
        const { draft, schemaUri, references, closure } = reply;
        return { draft, schemaUri, references, closure };
      }
      if (reply.kind === 'schema-refused') reject('schema-invalid', reply.detail);
      if (reply.kind !== 'schemas-missing') throw new Error(`unexpected ${reply.kind}`);
      const found = reply.uris.flatMap((uri) => stored.get(uri) ?? []).filter(({ uri }) => !sources.has(uri));
      if (found.length === 0) reject('schema-invalid', reply.detail);
      for (const source of found) sources.set(source.uri, source);
    }
    reject('schema-invalid', `The schema leads through more than ${maxRounds} stored schemas in a row.`);
  }

  /**
   * Checks a content against a schema. Throws `Rejected`: `validation-cut-off` when it takes too long or nests too
   * deeply, `overloaded` when too many are waiting, `schema-invalid` when the bundle cannot be compiled (a schema that
   * was not inspected, or one whose references have changed since).
   */
  async validate(bundle: SchemaBundle, content: JsonValue): Promise<Verdict> {
    const key = keyOf(bundle);
    const quick = this.fastPath.validate(key, bundle, content, this.options.maxErrors);
    if (quick) return quick;
    const request: ValidateRequest = {
      kind: 'validate',
      key,
      bundle: undefined,
      content: canonicalText(content),
      maxErrors: this.options.maxErrors,
    };
    let reply = await this.validateOnce(key === null ? { ...request, bundle } : request);
    if (reply.kind === 'bundle-needed') reply = await this.validateOnce({ ...request, bundle });
    if (reply.kind === 'verdict') return reply.verdict;
    if (reply.kind === 'schema-refused') reject('schema-invalid', reply.detail);
    if (reply.kind === 'stack-exhausted') reject('validation-cut-off', 'The content nests too deeply for this schema.');
    if (reply.kind === 'schemas-missing') reject('schema-invalid', reply.detail);
    throw new Error(`unexpected ${reply.kind}`);
  }

  /** Ends the threads; what is still waiting is rejected with `not-ready`. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private async inspectOnce(request: InspectRequest): Promise<ValidationReply> {
    try {
      const reply = await this.pool.run(request, null);
      if (reply.kind !== 'stack-exhausted') return reply;
    } catch (error) {
      if (!(error instanceof JobCutOff)) throw asRejection(error);
      return { kind: 'schema-refused', detail: { detail: `Compiling the schema was cut off: ${error.reason}.` } };
    }
    return { kind: 'schema-refused', detail: { detail: 'The schema nests or refers too deeply to be compiled.' } };
  }

  private async validateOnce(request: ValidateRequest): Promise<ValidationReply> {
    try {
      return await this.pool.run(request, request.key);
    } catch (error) {
      if (error instanceof JobCutOff)
        reject('validation-cut-off', `Checking the content was cut off: ${error.reason}.`);
      throw asRejection(error);
    }
  }
}

function keyOf({ root, references }: SchemaBundle): string | null {
  if (root.key === null) return null;
  return references.length === 0 ? root.key : [root.key, ...references.map(({ key }) => key).sort()].join(' ');
}

function asRejection(error: unknown): unknown {
  if (error instanceof PoolFull) return new Rejected('overloaded', { detail: error.message, retryAfterSeconds: 1 });
  if (error instanceof PoolClosed) return new Rejected('not-ready', { detail: error.message, retryAfterSeconds: 1 });
  return error;
}
