import type { Clock } from '../src/clock';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Enough turns of the event loop for what a timer set off to come to rest, as long as nothing waits for a real disk. */
const TURNS = 4;

/** Time that passes when it is told to, for all nodes of a test together. */
export class VirtualClock {
  private now = 1_000;
  private timers: Timer[] = [];
  private order = 0;
  realPause = 0;

  /** A node's clock; its wall clock can be set. */
  of(node: { wallOffset: number }): Clock {
    return {
      wall: () => 1_700_000_000_000 + this.now + node.wallOffset,
      monotonic: () => this.now,
      after: (ms, work) => this.after(ms, work),
    };
  }

  get time(): number {
    return this.now;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.now + Math.max(0, ms), order: (this.order += 1), work };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((other) => other !== timer));
  }

  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    await rest();
    for (;;) {
      const next = this.timers.reduce<Timer | undefined>((least, timer) => earlier(timer, least), undefined);
      if (next === undefined || next.at > until) break;
      this.now = Math.max(this.now, next.at);
      const due = this.timers.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at || a.order - b.order);
      this.timers = this.timers.filter(({ at }) => at > this.now);
      for (const { work } of due) work();
      await rest();
    }
    this.now = until;
  }

  /** Lets time pass until the condition holds; after each step with `pause` of real time, for real disks. */
  async until(what: string, condition: () => boolean, limitMs = 30_000, pause = this.realPause): Promise<void> {
    const end = this.now + limitMs;
    while (!condition()) {
      if (this.now >= end) throw new Error(`${what}: not within ${limitMs} ms`);
      await this.advance(pause > 0 ? 25 : 5);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Lets time pass until the promise settles. */
  async settled<T>(promise: Promise<T>, limitMs = 30_000): Promise<T> {
    let done = false;
    promise.then(
      () => (done = true),
      () => (done = true),
    );
    await this.until('a promise settles', () => done, limitMs);
    return promise;
  }
}

function earlier(one: Timer, other: Timer | undefined): Timer {
  return other === undefined || one.at < other.at || (one.at === other.at && one.order < other.order) ? one : other;
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
