import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, ApiClient } from './api-client';
import { UndocumentedAnswer } from './openapi-answers';

export interface Revision {
  readonly version: number;
  readonly operation: string;
  readonly content: { readonly writer: string; readonly n: number } | null;
}

/**
 * Writes the numbers 1, 2, 3, ... into a config of its own, one after the other, each under an Idempotency-Key and again
 * and again until it is acknowledged. So version n + 1 must hold n, whatever dies in between. A writer without
 * `expectedVersion` would show a write that was executed twice as one version too many.
 */
export class ConfigWriter {
  /** Newest number whose write was acknowledged. */
  acknowledged = 0;
  /** Answers by status, and `none` for requests that got no answer. */
  readonly answers = new Map<number | 'none', number>();
  readonly faults: string[] = [];
  #verified = 0;
  #running: Promise<void> | undefined;
  #pausing = false;
  #abandoned = false;

  constructor(
    private readonly client: ApiClient,
    private readonly configs: string,
    readonly key: string,
    private readonly options: { readonly expectsVersion: boolean; readonly padding?: string },
  ) {}

  async create(schemaId: string): Promise<void> {
    await this.client.ask('POST', this.configs, { key: this.key, schemaId, content: this.#content(0) });
  }

  start(): void {
    this.#pausing = false;
    this.#running = this.#run();
  }

  /** Resolves when the write under way is acknowledged. */
  async pause(): Promise<void> {
    this.#pausing = true;
    await this.#running;
  }

  /** Gives up the write under way, which may or may not have been done. */
  abandon(): Promise<void> {
    this.#abandoned = true;
    return this.pause();
  }

  async #run(): Promise<void> {
    while (!this.#pausing && this.faults.length === 0) await this.#write(this.acknowledged + 1);
  }

  async #write(n: number): Promise<void> {
    const body = { content: this.#content(n), ...(this.options.expectsVersion && { expectedVersion: n }) };
    const headers = { 'idempotency-key': `${this.key}-${n}`, ...(!this.options.expectsVersion && { 'if-match': '*' }) };
    for (;;) {
      const answer = await this.client
        .send('PUT', `${this.configs}/${this.key}`, body, headers)
        .catch(this.#unanswered);
      if (this.faults.length > 0) return;
      const status = answer?.status ?? 'none';
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      if (answer?.status === 200) return this.#acknowledge(n, answer);
      const mayRetry = answer === undefined || answer.headers.has('retry-after') || answer.status === 504;
      if (!mayRetry) return void this.faults.push(`${this.key} ${n}: ${status} ${JSON.stringify(answer.body)}`);
      if (this.#abandoned) return;
      await wait(100);
    }
  }

  readonly #unanswered = (error: unknown): void => {
    if (error instanceof UndocumentedAnswer) this.faults.push(error.message);
  };

  #acknowledge(n: number, { body }: Answer): void {
    if (body['version'] !== n + 1)
      this.faults.push(`${this.key}: ${n} was acknowledged as version ${String(body['version'])}`);
    this.acknowledged = n;
  }

  #content(n: number): object {
    return { writer: this.key, n, ...(this.options.padding !== undefined && { padding: this.options.padding }) };
  }

  /** Every acknowledged write that was not looked at before: lost, changed or written twice. Only while it pauses. */
  async verify(): Promise<readonly string[]> {
    const found: Revision[] = [];
    for (let cursor: string | null = ''; cursor !== null && (found.at(-1)?.version ?? Infinity) > this.#verified + 1;) {
      const page: { items: Revision[]; nextCursor: string | null } = await this.client.ask(
        'GET',
        `${this.configs}/${this.key}/revisions?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    const fresh = found.filter(({ version }) => version > this.#verified).reverse();
    const expected = Array.from({ length: this.acknowledged + 1 - this.#verified }, (_, at) => this.#verified + 1 + at);
    const [versions, wanted] = [fresh.map(({ version }) => version).join(), expected.join()];
    const wrong = fresh.filter(({ version, content }) => content?.n !== version - 1 || content.writer !== this.key);
    this.#verified = this.acknowledged + 1;
    return [
      ...this.faults,
      ...(versions === wanted ? [] : [`${this.key}: versions ${versions} instead of ${wanted}`]),
      ...wrong.map((revision) => `${this.key}: ${JSON.stringify(revision)}`),
    ];
  }
}
