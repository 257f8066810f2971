import { setTimeout as wait } from 'node:timers/promises';
import type { Administrator } from './administrator';
import type { ConfigPlace } from './config-client';
import type { Answer } from './request';
import { nextTurn } from './pace';
import { indexOf, isAmbiguous, isRetryable, replyText } from './request';

export interface WriterOptions {
  /** A write that is not acknowledged within this time has failed. */
  readonly patienceMs: number;
  readonly requestMs: number;
  /** Pause between two writes. */
  readonly paceMs: number;
  /** Instead of a pause: a write is due so often, whether the one before is done or not. */
  readonly everyMs?: number;
}

const defaults: WriterOptions = { patienceMs: 30_000, requestMs: 1_000, paceMs: 0 };
const retryMs = 25;
/** What a writer that has given up shows of the answers it got. */
const mostRefusals = 40;

/**
 * Writes 1, 2, 3, ... into a config of its own, each under an Idempotency-Key and at one node after the other until it
 * is acknowledged. Version n + 1 must hold n, so a write that was lost or done twice shows.
 */
export class RetryingWriter {
  /** Newest number whose write was acknowledged. */
  acknowledged = 0;
  attempts = 0;
  /** The log index that its acknowledgement named. */
  acknowledgedIndex = 0;
  /** When the newest acknowledgement came, by `performance.now()`. */
  acknowledgedAt = 0;
  /** When the write that it answers was called. */
  calledAt = 0;
  slowestMs = 0;
  readonly failures: string[] = [];
  /** How long the acknowledged writes took, since they were last asked for. */
  #times: number[] = [];
  readonly #options: WriterOptions;
  #running: Promise<void> = Promise.resolve();
  #isPaused = true;
  #next = 0;

  constructor(
    private readonly admin: Administrator,
    private readonly place: ConfigPlace,
    readonly key: string,
    private readonly urls: () => readonly string[],
    options: Partial<WriterOptions> = {},
  ) {
    this.#options = { ...defaults, ...options };
  }

  async create(): Promise<void> {
    await this.admin.do('POST', this.#configs, { key: this.key, schemaId: this.place.schemaId, content: { n: 0 } });
  }

  start(): void {
    this.#isPaused = false;
    this.#running = this.#run();
  }

  /** Resolves when the write under way is acknowledged or has failed. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#running;
  }

  /** The acknowledgement of a write that is called from now on. */
  async next(withinMs = this.#options.patienceMs): Promise<void> {
    const from = performance.now();
    while (this.calledAt < from) {
      if (this.failures.length > 0) throw new Error(this.failures.join('\n'));
      if (performance.now() - from > withinMs)
        throw new Error(`${this.key}: no write acknowledged within ${withinMs} ms`);
      await wait(5);
    }
  }

  drainTimes(): readonly number[] {
    return this.#times.splice(0);
  }

  /** What the history of the config says against what was acknowledged. Only while it is paused. */
  async verify(): Promise<readonly string[]> {
    const found: { version: number; content: { n: number } }[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.admin.do('GET', `${this.#configs}/${this.key}/revisions?limit=200${query}`);
      found.push(...(page['items'] as typeof found));
      cursor = page['nextCursor'] as string | null;
    }
    const wrong = found
      .reverse()
      .filter(({ version, content }, n) => version !== n + 1 || content.n !== n)
      .map((revision) => `${this.key}: ${JSON.stringify(revision)}`);
    // The last one may have been done although its writer gave up.
    const isComplete =
      found.length === this.acknowledged + 1 || (this.failures.length > 0 && found.length === this.acknowledged + 2);
    if (!isComplete)
      wrong.push(`${this.key}: ${found.length - 1} writes are stored, ${this.acknowledged} were acknowledged`);
    return [...this.failures, ...wrong];
  }

  async #run(): Promise<void> {
    for (let due = performance.now(); !this.#isPaused && this.failures.length === 0;) {
      await this.#write(this.acknowledged + 1, due);
      due = await nextTurn(due, this.#options);
    }
  }

  async #write(n: number, due: number): Promise<void> {
    const called = performance.now();
    const body = { content: { n }, expectedVersion: n };
    const headers = { 'idempotency-key': `${this.key}-${n}` };
    const refusals: string[] = [];
    for (;;) {
      const urls = this.urls();
      const url = urls[this.#next % urls.length] ?? 'http://127.0.0.1:1';
      this.attempts += 1;
      const reply = await this.admin.send(url, 'PUT', `${this.#configs}/${this.key}`, {
        ...{ body, headers, timeoutMs: this.#options.requestMs },
      });
      if (reply.type === 'answer' && reply.status === 200) return this.#acknowledge(n, { due, called }, reply);
      if (!isRetryable(reply) && !isAmbiguous(reply)) return this.#fail(n, replyText(reply));
      refusals.push(`  ${Math.round(performance.now() - called)} ms ${url}: ${replyText(reply)}`);
      if (performance.now() - called > this.#options.patienceMs)
        return this.#fail(n, `given up\n${refusals.slice(-mostRefusals).join('\n')}`);
      this.#next += 1;
      await wait(retryMs);
    }
  }

  #acknowledge(n: number, { due, called }: { due: number; called: number }, answer: Answer): void {
    const { body } = answer;
    this.acknowledgedIndex = indexOf(answer);
    if (body['version'] !== n + 1) this.#fail(n, `acknowledged as version ${String(body['version'])}`);
    this.acknowledged = n;
    this.calledAt = called;
    this.acknowledgedAt = performance.now();
    this.#times.push(this.acknowledgedAt - due);
    this.slowestMs = Math.max(this.slowestMs, this.acknowledgedAt - due);
  }

  #fail(n: number, why: string): void {
    this.failures.push(`${this.key}: ${n}: ${why}`);
  }

  get #configs(): string {
    return `/v1/projects/${this.place.projectId}/configs`;
  }
}

/** Writers with a config each in one project, at work through all nodes. */
export async function startedWriters(
  admin: Administrator,
  place: ConfigPlace,
  urls: () => readonly string[],
  options: Partial<WriterOptions> = {},
): Promise<readonly RetryingWriter[]> {
  const writers = place.keys.map((key) => new RetryingWriter(admin, place, key, urls, options));
  for (const writer of writers) await writer.create();
  for (const writer of writers) writer.start();
  return writers;
}

/** Stops them and answers everything that is wrong. */
export async function verifiedWriters(writers: readonly RetryingWriter[]): Promise<readonly string[]> {
  await Promise.all(writers.map((writer) => writer.pause()));
  return (await Promise.all(writers.map((writer) => writer.verify()))).flat();
}
