import { setTimeout as wait } from 'node:timers/promises';
import { EventStream } from '../../support/event-stream';
import type { ConfigPlace } from './config-client';

interface Told {
  readonly key: string;
  readonly version: number;
  readonly deleted?: true;
}

const retryMs = 50;

/**
 * Watches at one node after the other: whenever its stream ends it turns to the next with the id that it heard last.
 * What it was told has to be every version of every key that it asked for, deletions too, once and in order, but across
 * a stated resync.
 */
export class FollowingWatcher {
  /** Of each key that is there. */
  readonly versions = new Map<string, number>();
  readonly failures: string[] = [];
  /** The newest version of each key that was deleted. */
  readonly #deleted = new Map<string, number>();
  /** Of those that a resync did not tell about: the number is the last that is known. */
  readonly #unknown = new Map<string, number>();
  changes = 0;
  resyncs = 0;
  reconnects = -1;
  #stream: EventStream | undefined;
  #taken = 0;
  #lastEventId = '0';
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    private readonly place: Pick<ConfigPlace, 'apiKey'>,
    private readonly urls: () => readonly string[],
    private next: number,
    /** None: all of the project. */
    private readonly keys: readonly string[] = [],
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stream?.close();
    await this.#running;
  }

  /** Of these, what it asked for. */
  wanted(keys: readonly string[]): readonly string[] {
    return keys.filter((key) => this.#isWanted(key));
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
      const query = this.keys.length === 0 ? '' : `?keys=${this.keys.join()}`;
      const path = `/v1/watch/${this.place.apiKey}${query}`;
      const stream = await EventStream.open(`${url}${path}`, options).catch(() => undefined);
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
    for (const [key, version] of [...this.versions, ...this.#deleted]) this.#unknown.set(key, version);
    this.versions.clear();
    this.#deleted.clear();
    for (const { key, version } of items) {
      if (!this.#isWanted(key)) this.#fail(`a resync has ${key}, which was not asked for`);
      if (version < (this.#unknown.get(key) ?? 0)) this.#fail(`${key} fell back to ${version} with a resync`);
      this.#unknown.delete(key);
      this.versions.set(key, version);
    }
  }

  #change({ key, version, deleted }: Told): void {
    this.changes += 1;
    if (!this.#isWanted(key)) this.#fail(`${key} was not asked for`);
    const before = this.#unknown.get(key);
    // Between a resync without it and now it may have come and gone.
    const isNext =
      before === undefined ? version === (this.versions.get(key) ?? this.#deleted.get(key) ?? 0) + 1 : version > before;
    if (!isNext)
      this.#fail(`${key} ${version} came behind ${this.versions.get(key) ?? this.#deleted.get(key) ?? before ?? 0}`);
    this.#unknown.delete(key);
    (deleted ? this.versions : this.#deleted).delete(key);
    (deleted ? this.#deleted : this.versions).set(key, version);
  }

  #isWanted(key: string): boolean {
    return this.keys.length === 0 || this.keys.includes(key);
  }

  #fail(what: string): void {
    this.failures.push(what);
  }
}
