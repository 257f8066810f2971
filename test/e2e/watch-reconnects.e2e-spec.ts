import { Chance } from '../sim/chance';
import type { EventStream } from '../support/event-stream';
import { Watching } from '../support/watching';
import type { World } from '../support/world';
import { aWorld } from '../support/world';

let world: World;
let at: Watching;

beforeAll(async () => void (world = await aWorld()), 60_000);
afterAll(() => world.close());
beforeEach(async () => void (at = await Watching.in(world)));
afterEach(() => at.close());

describe('whatever changes, and wherever its stream breaks', () => {
  const seed = Number(process.env['WATCH_SEED'] ?? Date.now() % 1_000_000);

  it(`a client misses nothing and hears nothing twice (seed ${seed})`, async () => {
    const chance = new Chance(seed);
    const keys = ['a', 'b', 'c'];
    const clients = Array.from({ length: 4 }, (_, n) => new ReturningClient(n === 0 ? ['b'] : keys));
    for (const client of clients) await client.open();
    const made: { id: string; key: string; version: number }[] = [];
    const versions = new Map<string, number>();
    for (let n = 0; n < 150; n += 1) {
      const key = keys[chance.below(keys.length)] ?? 'a';
      const isThere = versions.has(key) && !(made.findLast((one) => one.key === key) as { deleted?: true }).deleted;
      const version = (versions.get(key) ?? 0) + 1;
      const deleted = isThere && chance.below(8) === 0;
      if (!isThere) await at.create(key, n);
      else if (deleted) await at.remove(key);
      else await at.update(key, n);
      versions.set(key, version);
      made.push({ id: `${at.applied}`, key, version, ...(deleted && { deleted }) });
      for (const client of clients) {
        // Some stay away while other things happen.
        if (chance.below(6) === 0) await client.leave();
        if (chance.below(3) === 0) await client.comeBack();
      }
    }
    for (const client of clients) {
      await client.comeBack();
      const wanted = made.filter(({ key }) => client.keys.includes(key));
      await client.until(wanted.at(-1)?.id ?? '');
      expect(client.heard).toEqual(wanted.map(({ id, key, version }) => `${id} ${key} ${version}`));
    }
    const breaks = clients.reduce((sum, { breaks }) => sum + breaks, 0);
    console.log(`seed ${seed}: ${made.length} changes, ${breaks} reconnects`);
    expect(breaks).toBeGreaterThan(10);
  }, 60_000);
});

/** Keeps what it heard over all its streams, and comes back with the id it heard last. */
class ReturningClient {
  readonly heard: string[] = [];
  breaks = 0;
  #stream: EventStream | undefined;
  #taken = 0;
  #isAway = false;

  constructor(readonly keys: readonly string[]) {}

  async open(): Promise<void> {
    const lastEventId = this.#stream?.lastEventId;
    const stream = await at.watch(`?keys=${this.keys.join()}`, lastEventId === undefined ? {} : { lastEventId });
    this.#stream = stream;
    this.#taken = 0;
    this.#isAway = false;
    await stream.until('a position', () => stream.lastEventId);
  }

  async leave(): Promise<void> {
    if (this.#isAway) return;
    const stream = this.#stream as EventStream;
    stream.close();
    await stream.ended();
    this.#take();
    this.#isAway = true;
    this.breaks += 1;
  }

  async comeBack(): Promise<void> {
    if (this.#isAway) await this.open();
  }

  async until(id: string): Promise<void> {
    const stream = this.#stream as EventStream;
    await stream.until(`event ${id}`, () => {
      this.#take();
      return this.heard.at(-1)?.startsWith(`${id} `);
    });
  }

  #take(): void {
    for (const { id, event, data } of this.#stream?.events.slice(this.#taken) ?? []) {
      this.#taken += 1;
      const { key, version } = data as { key: string; version: number };
      this.heard.push(event === 'change' ? `${id} ${key} ${version}` : `${id} ${event}`);
    }
  }
}
