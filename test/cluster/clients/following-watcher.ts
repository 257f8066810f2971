import { setTimeout as wait } from 'node:timers/promises';
import { EventStream } from '../../support/event-stream';
import type { ConfigPlace } from './config-client';

interface Told {
  readonly key: string;
  readonly version: number;
}

const retryMs = 50;

/**
 * Watches at one node after the other: whenever its stream ends it turns to the next with the id that it heard last.
 * What it was told has to be every version of every key, once and in order, but across a stated resync.
 */
export class FollowingWatcher {
  /** Of each key. */
  readonly versions = new Map<string, number>();
  readonly failures: string[] = [];
  changes = 0;
  resyncs = 0;
  reconnects = -1;
  #stream: EventStream | undefined;
  #taken = 0;
  #lastEventId = '0';
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    private readonly place: ConfigPlace,
    private readonly urls: () => readonly string[],
    private next: number,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stream?.close();
    await this.#running;
  }

  /** Takes over what came, as far as it came. */
  look(): void {
    const stream = this.#stream;
    if (!stream) return;
    for (; this.#taken < stream.events.length; this.#taken += 1) {
      const { id, event, data } = stream.events[this.#taken] as EventStream['events'][number];
      if (Number(id) <= Number(this.#lastEventId)) this.#fail(`${id} came after ${this.#lastEventId}`);
      this.#lastEventId = id;
      if (event === 'resync') this.#resync((data as { items: readonly Told[] }).items);
      else if (event === 'change') this.#change(data as Told);
      else this.#fail(`${event} is not expected`);
    }
  }

  async #run(): Promise<void> {
    for (; !this.#isStopped; await wait(retryMs)) {
      const urls = this.urls();
      const url = urls[this.next++ % urls.length] ?? '';
      const options = { lastEventId: this.#lastEventId };
      const stream = await EventStream.open(`${url}/v1/watch/${this.place.apiKey}`, options).catch(() => undefined);
      if (!stream) continue;
      if (stream.status === 200) await this.#follow(stream);
      else if (stream.status !== 503) this.#fail(`answered ${stream.status}`);
      stream.close();
    }
  }

  async #follow(stream: EventStream): Promise<void> {
    [this.#stream, this.#taken] = [stream, 0];
    this.reconnects += 1;
    if (this.#isStopped) return;
    await stream.closed;
    this.look();
    // The position moves while nothing happens, too.
    this.#lastEventId = stream.lastEventId ?? this.#lastEventId;
  }

  #resync(items: readonly Told[]): void {
    this.resyncs += 1;
    for (const { key, version } of items) {
      if (version < (this.versions.get(key) ?? 0)) this.#fail(`${key} fell back to ${version} with a resync`);
      this.versions.set(key, version);
    }
  }

  #change({ key, version }: Told): void {
    this.changes += 1;
    const expected = (this.versions.get(key) ?? 0) + 1;
    if (version !== expected) this.#fail(`${key} ${version} came where ${expected} was due`);
    this.versions.set(key, version);
  }

  #fail(what: string): void {
    this.failures.push(what);
  }
}
