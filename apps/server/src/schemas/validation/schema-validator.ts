import { canonicalText } from '../../common/json/canonical-text';
import type { JsonValue } from '../../common/json/json-value';
import { Rejected, reject } from '../../common/rejected';
import { workerEntry } from '../../common/threads/worker-entry';
import { JobCutOff, JobStarved, PoolClosed, PoolFull, WorkerPool } from '../../common/threads/worker-pool';
import { FastPath } from './fast-path';
import type {
  InspectRequest,
  ValidateManyRequest,
  ValidateRequest,
  ValidationReply,
  ValidationRequest,
} from './validation-messages';
import type { SchemaBundle, SchemaInspection, SchemaSource, StoredSchemas, Verdict } from './validation.types';

export interface ValidatorOptions {
  /** Threads for what may not run on the main one. */
  readonly workers: number;
  /** How long a thread may compute to compile a schema, and then to check one content. What the machine does for others does not count. */
  readonly compileLimitMs: number;
  readonly checkLimitMs: number;
  /** How long both may take, however busy the machine is. */
  readonly wallLimitMs: number;
  readonly maxErrors: number;
  readonly maxWaiting: number;
  readonly maxHeapMb: number;
}

const defaults: ValidatorOptions = {
  workers: 2,
  compileLimitMs: 5000,
  checkLimitMs: 1000,
  wallLimitMs: 8000,
  maxErrors: 100,
  maxWaiting: 1000,
  maxHeapMb: 256,
};
/** How long a thread works on many contents before whoever else waits for it has a turn. */
const batchMs = 50;
/** How far references may lead from stored schema to stored schema. */
const maxRounds = 50;

/**
 * Checks schemas and contents of all five drafts. Schemas are untrusted: whatever could take long runs on a thread
 * that is ended when it has computed for too long, while small contents of harmless schemas are checked at once on the main thread.
 */
export class SchemaValidator {
  private readonly options: ValidatorOptions;
  private readonly pool: WorkerPool<ValidationRequest, ValidationReply>;
  private readonly fastPath = new FastPath();

  constructor(options: Partial<ValidatorOptions> = {}) {
    this.options = { ...defaults, ...options };
    const { workers: size, wallLimitMs, maxWaiting, maxHeapMb } = this.options;
    const entry = workerEntry(__dirname, 'validation.worker');
    this.pool = new WorkerPool({ entry, size, wallLimitMs, maxWaiting, maxHeapMb });
  }

  /**
   * What a schema is and what it refers to. Throws `Rejected`: `schema-invalid` with pointers into the schema when it
   * breaks its meta-schema, refers to something that is not stored, or cannot be compiled within the limits; `overloaded`
   * when the machine is too busy to find that out.
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
   * deeply, `overloaded` when too many are waiting or the machine is busy with others, `schema-invalid` when the bundle cannot be compiled (a schema that
   * was not inspected, or one whose references have changed since).
   */
  async validate(bundle: SchemaBundle, content: JsonValue): Promise<Verdict> {
    const key = keyOf(bundle);
    const { maxErrors } = this.options;
    const quick = this.fastPath.validate(key, bundle, content, maxErrors);
    if (quick) return quick;
    const request = { kind: 'validate', key, bundle: undefined, content: canonicalText(content), maxErrors } as const;
    const reply = await this.ask(request, bundle);
    return reply.kind === 'verdict' ? reply.verdict : refuse(reply);
  }

  /**
   * Checks the first of these contents (canonical texts), at least one and as many as there is time for: what is left is
   * for the next call. One question to a thread serves them all, and the main thread does not even parse them. Throws
   * what `validate` does, when one of them is a reason to.
   */
  async validateMany(
    bundle: SchemaBundle,
    contents: readonly string[],
    maxErrors = this.options.maxErrors,
  ): Promise<readonly Verdict[]> {
    const key = keyOf(bundle);
    const request = { kind: 'validate-many', key, bundle: undefined, contents, maxErrors, budgetMs: batchMs } as const;
    const reply = await this.ask(request, bundle);
    return reply.kind === 'verdicts' ? reply.verdicts : refuse(reply);
  }

  /** Ends the threads; what is still waiting is rejected with `not-ready`. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private async inspectOnce(request: InspectRequest): Promise<ValidationReply> {
    try {
      const reply = await this.pool.run(request, [this.options.compileLimitMs]);
      if (reply.kind !== 'stack-exhausted') return reply;
    } catch (error) {
      if (!(error instanceof JobCutOff)) throw asRejection(error);
      return { kind: 'schema-refused', detail: { detail: `Compiling the schema was cut off: ${error.reason}.` } };
    }
    return { kind: 'schema-refused', detail: { detail: 'The schema nests or refers too deeply to be compiled.' } };
  }

  /** Sends the schema along only when the thread does not have it compiled. */
  private async ask(request: ValidateRequest | ValidateManyRequest, bundle: SchemaBundle): Promise<ValidationReply> {
    const reply = await this.askOnce(request.key === null ? { ...request, bundle } : request);
    return reply.kind === 'bundle-needed' ? this.askOnce({ ...request, bundle }) : reply;
  }

  private async askOnce(request: ValidateRequest | ValidateManyRequest): Promise<ValidationReply> {
    const { compileLimitMs, checkLimitMs } = this.options;
    // Of many, one more is begun until the budget is used up, and that one has all the time that a single one has.
    const limitMs = request.kind === 'validate' ? checkLimitMs : request.budgetMs + checkLimitMs;
    try {
      return await this.pool.run(request, request.bundle ? [compileLimitMs, limitMs] : [limitMs], request.key);
    } catch (error) {
      if (error instanceof JobCutOff)
        reject('validation-cut-off', `Checking the content was cut off: ${error.reason}.`);
      throw asRejection(error);
    }
  }
}

function refuse(reply: ValidationReply): never {
  if (reply.kind === 'schema-refused') reject('schema-invalid', reply.detail);
  if (reply.kind === 'stack-exhausted') reject('validation-cut-off', 'The content nests too deeply for this schema.');
  if (reply.kind === 'schemas-missing') reject('schema-invalid', reply.detail);
  throw new Error(`unexpected ${reply.kind}`);
}

function keyOf({ root, references }: SchemaBundle): string | null {
  if (root.key === null) return null;
  return references.length === 0 ? root.key : [root.key, ...references.map(({ key }) => key).sort()].join(' ');
}

function asRejection(error: unknown): unknown {
  if (error instanceof JobStarved) return new Rejected('overloaded', { detail: error.message, retryAfterSeconds: 1 });
  if (error instanceof PoolFull) return new Rejected('overloaded', { detail: error.message, retryAfterSeconds: 1 });
  if (error instanceof PoolClosed) return new Rejected('not-ready', { detail: error.message, retryAfterSeconds: 1 });
  return error;
}
