import type { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server';

/** A config as Redis holds it. */
export interface MirroredConfig {
  readonly index: number;
  readonly version: number;
  readonly content: string;
}

const lookMs = 5;
const mostFaults = 20;

/**
 * Somebody who reads the configs of a project from Redis all the time, and hears of each change: no key may go back, no
 * version may have two contents, and each value has the index of its fence. It takes no notice of Redis being away.
 */
export class MirrorObserver {
  readonly faults: string[] = [];
  /** Values that were read, and notices that were heard. */
  values = 0;
  notices = 0;
  readonly #reader: Redis;
  readonly #listener: Redis;
  readonly #newest = new Map<string, MirroredConfig>();
  readonly #fences = new Map<string, number>();
  readonly #told = new Map<string, number>();
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    redis: RedisServer,
    private readonly projectId: string,
    private readonly keys: readonly string[],
  ) {
    [this.#reader, this.#listener] = [redis.open(), redis.open()];
  }

  async start(): Promise<void> {
    this.#listener.on('message', (_: string, notice: string) => this.#hear(notice));
    await this.#listener.subscribe(`cfg:changes:${this.projectId}`);
    this.#running = this.#run();
  }

  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    await this.#running;
    for (const client of [this.#reader, this.#listener]) client.disconnect();
    return this.faults;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && this.#reader.status !== 'end') {
      await this.#look();
      await wait(lookMs);
    }
  }

  /** All keys and their fences as they stand in one moment. */
  async #look(): Promise<void> {
    const asked = this.#reader.multi().hgetall(`cfg-fences:${this.projectId}`);
    for (const key of this.keys) asked.hgetall(`cfg:${this.projectId}:${key}`);
    const answers = (await asked.exec().catch(() => null)) ?? [];
    if (answers.length === 0 || answers.some(([error]) => error !== null)) return;
    const [fences = {}, ...values] = answers.map(([, answer]) => answer as Record<string, string>);
    for (const [at, key] of this.keys.entries()) this.#compare(key, values[at] ?? {}, fences[key]);
  }

  #compare(key: string, { index, version, content }: Readonly<Record<string, string>>, fence?: string): void {
    const before = this.#fences.get(key) ?? 0;
    if (fence !== undefined) {
      if (Number(fence) < before) this.#fault(`the fence of ${key} went from ${before} to ${fence}`);
      this.#fences.set(key, Number(fence));
    }
    if (content === undefined) return;
    this.values += 1;
    if (index !== fence) this.#fault(`${key} has index ${index} and the fence ${fence}`);
    const found = { index: Number(index), version: Number(version), content };
    const newest = this.#newest.get(key);
    if (newest && !isLaterOrSame(found, newest))
      this.#fault(`${key} went from ${JSON.stringify(newest)} to ${JSON.stringify(found)}`);
    if (found.index < before) this.#fault(`${key} came back with index ${index} after ${before}`);
    this.#newest.set(key, found);
  }

  #hear(notice: string): void {
    const { key, index } = JSON.parse(notice) as { readonly key: string; readonly index: number };
    this.notices += 1;
    const before = this.#told.get(key) ?? 0;
    if (index < before) this.#fault(`the notice of ${key} at ${index} came after that at ${before}`);
    this.#told.set(key, index);
  }

  #fault(text: string): void {
    if (this.faults.length < mostFaults) this.faults.push(text);
  }
}

const isLaterOrSame = (found: MirroredConfig, before: MirroredConfig): boolean =>
  found.index === before.index
    ? found.version === before.version && found.content === before.content
    : found.index > before.index && found.version > before.version;
