import { RestartDelay } from './restart-delay';

describe('the delay before a worker is started again', () => {
  it('grows with each death at the start, up to a bound, and begins anew behind a long life', () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 9 }, () => delay.afterDeath(50));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(delay.afterDeath(60_000)).toBe(100);
    expect(delay.afterDeath(50)).toBe(200);
  });
});
