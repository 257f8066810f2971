import { RequestLimit } from './request-limit';
import { RequestLimits } from './request-limits';
import type { SharedWindow, SharedWindows } from './shared-windows';

const windowMs = 60_000;

/** What Redis does, with a door that can be shut. */
class OneForAll implements SharedWindows {
  isUsable = true;
  isThere = true;
  adds = 0;
  readonly totals = new Map<string, number>();

  async add(counts: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, SharedWindow>> {
    this.adds += 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.isThere) throw new Error('away');
    for (const [key, count] of counts) this.totals.set(key, (this.totals.get(key) ?? 0) + count);
    return new Map([...counts.keys()].map((key) => [key, { total: this.totals.get(key) ?? 0, resetMs: windowMs }]));
  }
}

const allowed = async (limit: RequestLimit, key: string, times: number): Promise<number> => {
  const found = await Promise.all(Array.from({ length: times }, async () => limit.take(key)));
  return found.filter(({ isAllowed }) => isAllowed).length;
};

describe('a limit of requests', () => {
  it('refuses the one too many of a key, says for how long, and leaves other keys alone', async () => {
    const limit = new RequestLimit({ requests: 2, windowMs });
    expect(await allowed(limit, 'ada', 2)).toBe(2);
    const refused = await limit.take('ada');
    expect(refused).toMatchObject({ isAllowed: false, limit: 2, used: 2 });
    expect(Math.ceil(refused.resetMs / 1000)).toBe(60);
    expect(await limit.take('bob')).toMatchObject({ isAllowed: true, used: 1 });
  });

  it('begins anew when the window is over', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const limit = new RequestLimit({ requests: 1, windowMs });
    expect(await allowed(limit, 'ada', 2)).toBe(1);
    jest.advanceTimersByTime(windowMs + 1);
    expect(await allowed(limit, 'ada', 2)).toBe(1);
    jest.useRealTimers();
  });

  it('is none without a number', () => {
    expect(new RequestLimits().aMinute('user', null)).toBeUndefined();
  });
});

describe('a limit that nodes share', () => {
  const requests = 200;
  const slice = requests / 20;

  it.each([1, 2, 3, 5])('of %i nodes is overrun by a slice for each at most', async (nodes) => {
    const shared = new OneForAll();
    const limits = Array.from({ length: nodes }, () => new RequestLimit({ requests, windowMs, shared }));
    const passed = await Promise.all(limits.map((limit) => allowed(limit, 'ada', requests + 50)));
    const total = passed.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThanOrEqual(requests);
    expect(total).toBeLessThanOrEqual(requests + nodes * slice);
  });

  it('asks once for many requests, and answers most without waiting', async () => {
    const shared = new OneForAll();
    const limit = new RequestLimit({ requests: 2_000, windowMs, shared });
    let waited = 0;
    for (let n = 0; n < 1_000; n += 1) {
      const allowance = limit.take('ada');
      if (allowance instanceof Promise) waited += 1;
      await allowance;
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(shared.adds).toBeLessThanOrEqual(1_000 / 50 + 1);
    expect(waited).toBe(0);
  });

  it('knows what others have used, small as the limit may be', async () => {
    const shared = new OneForAll();
    const [one, other] = [1, 2].map(() => new RequestLimit({ requests: 5, windowMs, shared }));
    expect(await allowed(one!, 'ada', 10)).toBe(5);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await allowed(other!, 'ada', 10)).toBe(1);
  });

  it('counts by itself while nobody can be asked, and tells it all afterwards', async () => {
    const shared = new OneForAll();
    const limit = new RequestLimit({ requests, windowMs, shared });
    Object.assign(shared, { isUsable: false, isThere: false });
    expect(await allowed(limit, 'ada', requests - slice)).toBe(requests - slice);
    expect(shared.totals.get('ada')).toBeUndefined();
    Object.assign(shared, { isUsable: true, isThere: true });
    expect(await allowed(limit, 'ada', 100)).toBe(slice);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(shared.totals.get('ada')).toBeGreaterThanOrEqual(requests);
  });

  it('answers those who wait beyond the end of their window', async () => {
    const shared = new OneForAll();
    const limit = new RequestLimit({ requests: 20, windowMs: 1, shared });
    for (let n = 0; n < 50; n += 1) {
      const found = await Promise.all([1, 2, 3].map(async () => limit.take('ada')));
      expect(found).toHaveLength(3);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });

  it('lets nobody wait for ever for one that does not answer', async () => {
    const shared: SharedWindows = { isUsable: true, add: () => new Promise((_, fail) => setTimeout(fail, 60)) };
    const limit = new RequestLimit({ requests: 20, windowMs, shared });
    expect(await allowed(limit, 'ada', 30)).toBe(20);
  });
});
