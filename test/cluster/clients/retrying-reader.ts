import { setTimeout as wait } from 'node:timers/promises';
import type { ConfigPlace } from './config-client';
import type { Answer } from './request';
import { nextTurn } from './pace';
import { isAmbiguous, isRetryable, replyText, send } from './request';
import type { RetryingWriter, WriterOptions } from './retrying-writer';

const defaults = { patienceMs: 10_000, requestMs: 3_000, paceMs: 5 };
const retryMs = 25;

/** `own index`: a local read that names the index of the newest acknowledged write. */
export type ReadKind = 'linearizable' | 'own index';

/**
 * Reads what a writer writes, at one node after the other until it is answered. An answer older than what the writer
 * had been told before the read is a failure, and so is a read that nobody answers in time.
 */
export class RetryingReader {
  answered = 0;
  attempts = 0;
  slowestMs = 0;
  readonly failures: string[] = [];
  readonly #options: WriterOptions;
  /** How long the answered reads took, since they were last asked for. */
  #times: number[] = [];
  #calledAt = 0;
  #node = 0;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly kind: ReadKind,
    private readonly place: ConfigPlace,
    private readonly writer: RetryingWriter,
    private readonly urls: () => readonly string[],
    options: Partial<WriterOptions> = {},
  ) {
    this.#options = { ...defaults, ...options };
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the read under way is answered or has failed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** The answer to a read that is called from now on. */
  async next(): Promise<void> {
    const from = performance.now();
    while (this.#calledAt < from) {
      if (this.failures.length > 0) throw new Error(this.failures.join('\n'));
      await wait(5);
    }
  }

  drainTimes(): readonly number[] {
    return this.#times.splice(0);
  }

  async #run(): Promise<void> {
    for (let due = performance.now(); !this.#isStopped && this.failures.length === 0;) {
      await this.#read(due);
      due = await nextTurn(due, this.#options);
    }
  }

  async #read(due: number): Promise<void> {
    const called = performance.now();
    const { acknowledged, acknowledgedIndex } = this.writer;
    const question = this.kind === 'linearizable' ? '' : `?consistency=local&minIndex=${acknowledgedIndex}`;
    const path = `/v1/read/${this.place.apiKey}/${this.writer.key}${question}`;
    for (;;) {
      const urls = this.urls();
      const url = urls[++this.#node % urls.length] ?? '';
      this.attempts += 1;
      const reply = await send(url, { method: 'GET', path, timeoutMs: this.#options.requestMs });
      if (reply.type === 'answer' && reply.status === 200) return this.#take(reply, acknowledged, { due, called }, url);
      if (!isRetryable(reply) && !isAmbiguous(reply)) return this.#fail(`${url}: ${replyText(reply)}`);
      if (performance.now() - called > this.#options.patienceMs)
        return this.#fail(`given up, at last ${url}: ${replyText(reply)}`);
      await wait(retryMs);
    }
  }

  #take({ body }: Answer, acknowledged: number, { due, called }: { due: number; called: number }, url: string): void {
    const { n } = body['content'] as { readonly n: number };
    if (n < acknowledged) this.#fail(`${url}: ${n} although ${acknowledged} was acknowledged before`);
    this.answered += 1;
    this.#calledAt = called;
    const tookMs = performance.now() - due;
    this.#times.push(tookMs);
    this.slowestMs = Math.max(this.slowestMs, tookMs);
  }

  #fail(why: string): void {
    this.failures.push(`${this.kind} read of ${this.writer.key}: ${why}`);
  }
}
