import { readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { NodeWithWorkers } from '../support/node-with-workers';
import { eventually } from '../support/postgres-directory';
import { isRunning, workersOf } from '../support/read-worker-processes';

const replacedWithinMs = 5_000;

let place: NodeWithWorkers;
beforeEach(async () => {
  place = await NodeWithWorkers.start({ LOG_LEVEL: 'info' });
}, 90_000);
afterEach(() => place.close());

/** Clients that read without a pause, each over a connection that it keeps until it breaks. */
class Readers {
  whole = 0;
  /** Answers that began and did not end. */
  half = 0;
  broken = 0;
  #isOver = false;
  readonly #loops: readonly Promise<void>[];

  constructor(url: string, count: number) {
    this.#loops = Array.from({ length: count }, () => this.#read(url, new Agent({ keepAlive: true, maxSockets: 1 })));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #read(url: string, agent: Agent): Promise<void> {
    while (!this.#isOver) {
      const end = await readOnce(url, agent);
      this[end] += 1;
      if (end === 'broken') await wait(5);
    }
    agent.destroy();
  }
}

function readOnce(url: string, agent: Agent): Promise<'whole' | 'half' | 'broken'> {
  return new Promise((resolve) => {
    request(url, { agent }, (answer) => {
      answer.resume().once('close', () => resolve(answer.complete ? 'whole' : 'half'));
      answer.on('error', () => undefined);
    })
      .once('error', () => resolve('broken'))
      .end();
  });
}

async function isFree(url: string): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(Number(new URL(url).port), '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

describe('a read worker that is killed', () => {
  it('is replaced, and the others go on meanwhile', async () => {
    const readers = new Readers(place.url, 8);
    await wait(500);
    const [victim = 0, ...others] = workersOf(place.node);
    process.kill(victim, 'SIGKILL');
    const began = performance.now();
    const before = readers.whole;
    const replaced = await eventually('there are as many again', () => {
      const now = workersOf(place.node);
      return now.length === place.count && !now.includes(victim) ? now : undefined;
    });
    expect(performance.now() - began).toBeLessThan(replacedWithinMs);
    expect(replaced).toEqual(expect.arrayContaining([...others]));
    await eventually('the new one answers', async () => {
      const { text } = await place.world().http('get', '/metrics');
      return text.includes('config_guardian_read_workers 2') ? true : undefined;
    });
    await wait(300);
    await readers.stop();
    expect(readers.whole).toBeGreaterThan(before);
    // Of eight connections half were the victim's: an answer each, and what was asked until the port was dealt anew.
    expect(readers.half + readers.broken).toBeLessThanOrEqual(8);
    const { text } = await place.world().http('get', '/metrics');
    expect(text).toMatch(/^config_guardian_read_worker_restarts_total 1$/m);
    expect(place.node.output).toContain('a read worker ended and is replaced');
    const version = await place.update('after');
    for (let n = 0; n < 10; n++)
      expect(await (await fetch(place.url, { headers: { connection: 'close' } })).json()).toMatchObject({ version });
  }, 60_000);
});

describe('workers that are killed all at once, again and again', () => {
  it('leave the port without an answer for a moment each time', async () => {
    const gapsMs: number[] = [];
    for (let n = 0; n < 6; n++) {
      for (const worker of workersOf(place.node)) process.kill(worker, 'SIGKILL');
      const began = performance.now();
      await wait(50);
      await eventually('one answers', async () =>
        (await readOnce(place.url, new Agent({ keepAlive: false }))) === 'whole' ? true : undefined,
      );
      gapsMs.push(performance.now() - began);
    }
    // Six deaths soon after the start would make each of them wait for 3.2 s.
    expect(Math.max(...gapsMs)).toBeLessThan(2_500);
  }, 60_000);
});

/** What the node has open, when nothing is under way any more. */
const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

describe('connections that are handed to a worker which does not take them', () => {
  const readAnew = () => readOnce(place.url, new Agent({ keepAlive: false }));

  it('end with it, at most one: the others get theirs at once, and the node keeps nothing', async () => {
    const { pid } = place.node;
    for (let n = 0; n < 4; n++) expect(await readAnew()).toBe('whole');
    await wait(500);
    const before = openFiles(pid);
    const [victim = 0] = workersOf(place.node);
    process.kill(victim, 'SIGSTOP');
    let ended = 0;
    const all = Array.from({ length: 12 }, async () => {
      const end = await readAnew();
      ended += 1;
      return end;
    });
    await eventually('all but one are answered', () => (ended >= 11 ? true : undefined));
    // It is killed for its silence.
    const ends = await Promise.all(all);
    expect(ends.filter((end) => end === 'whole').length).toBeGreaterThanOrEqual(11);
    await eventually('there are two again', () => {
      const now = workersOf(place.node);
      return now.length === place.count && !now.includes(victim) ? true : undefined;
    });
    await eventually('it has no more open than before', () => (openFiles(pid) <= before ? true : undefined));
  }, 60_000);

  it('leave nothing behind in the node when workers are killed while clients come and go', async () => {
    const { pid } = place.node;
    for (let n = 0; n < 4; n++) await readAnew();
    await wait(500);
    const before = openFiles(pid);
    let isOver = false;
    const clients = Array.from({ length: 16 }, async () => {
      while (!isOver) if ((await readAnew()) !== 'whole') await wait(5);
    });
    for (let n = 0; n < 3; n++) {
      await wait(300);
      const [victim = 0] = workersOf(place.node);
      process.kill(victim, 'SIGKILL');
      await eventually('it is replaced', () => {
        const now = workersOf(place.node);
        return now.length === place.count && !now.includes(victim) ? true : undefined;
      });
    }
    isOver = true;
    await Promise.all(clients);
    await eventually('it has no more open than before', () => (openFiles(pid) <= before ? true : undefined));
  }, 60_000);
});

describe('a node with read workers', () => {
  it('takes them with it when it is killed, and its port is free', async () => {
    const readers = new Readers(place.url, 8);
    await wait(300);
    const workers = workersOf(place.node);
    expect(workers).toHaveLength(place.count);
    await place.node.kill();
    await eventually('no worker is left', () => (workers.some(isRunning) ? undefined : true));
    expect(await isFree(place.node.url)).toBe(true);
    await readers.stop();
  }, 60_000);

  it('ends in order under load when it is told to, without half an answer', async () => {
    const readers = new Readers(place.url, 16);
    await wait(500);
    const workers = workersOf(place.node);
    const { code, ms } = await place.node.stop();
    await readers.stop();
    expect({ code, output: place.node.output }).toEqual({ code: 0, output: place.node.output });
    expect(ms).toBeLessThan(10_000);
    expect({ half: readers.half, left: workers.filter(isRunning) }).toEqual({ half: 0, left: [] });
    expect(readers.whole).toBeGreaterThan(0);
    expect(place.node.output).toMatch(/the node has stopped after \d+ ms/);
    expect(await isFree(place.node.url)).toBe(true);
  }, 60_000);

  it('says that it stops to whoever waits too long behind a worker', async () => {
    const index = Number((await fetch(place.url)).headers.get('x-config-index'));
    const started = fetch(`${place.node.url}/v1/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${place.world().admin.accessToken}`, 'content-type': 'application/json' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) }),
      duplex: 'half',
    } as RequestInit);
    const waiting = fetch(`${place.url}?waitIndex=${index}&wait=60s`);
    await wait(300);
    const { code } = await place.node.stop();
    expect(code).toBe(0);
    for (const answer of [await started, await waiting]) {
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'not-ready', detail: 'The node is stopping.' });
    }
  }, 60_000);
});
