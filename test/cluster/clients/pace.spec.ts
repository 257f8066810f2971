import { nextTurn } from './pace';

describe('the pace of a client', () => {
  it('counts an operation that had to wait from when it was due', async () => {
    const longAgo = performance.now() - 1_000;
    expect(await nextTurn(longAgo, { paceMs: 0, everyMs: 100 })).toBe(longAgo + 100);
  });

  it('does not begin one before it is due', async () => {
    const now = performance.now();
    const due = await nextTurn(now, { paceMs: 0, everyMs: 30 });
    expect(due).toBe(now + 30);
    // Timers keep whole milliseconds.
    expect(performance.now()).toBeGreaterThan(due - 2);
  });

  it('counts from now where there is only a pause', async () => {
    const now = performance.now();
    expect(await nextTurn(now - 1_000, { paceMs: 0 })).toBeGreaterThanOrEqual(now);
  });
});
