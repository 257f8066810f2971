import { RestartDelay } from './restart-delay';

describe('the delay before a worker is started again', () => {
  it('grows with each death at the start, up to a bound, and begins anew behind a long life', () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 9 }, () => delay.afterDeath(50, false));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(delay.afterDeath(60_000, false)).toBe(100);
    expect(delay.afterDeath(50, false)).toBe(200);
  });

  it('is short, and never nothing, for the last that lived, however often it died', () => {
    const delay = new RestartDelay();
    const delays = Array.from({ length: 9 }, () => delay.afterDeath(50, true));
    expect(delays).toEqual([100, 200, 250, 250, 250, 250, 250, 250, 250]);
    expect(delay.afterDeath(50, false)).toBe(10_000);
  });
});
