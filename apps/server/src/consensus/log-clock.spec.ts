import { LogClock } from './log-clock';

const minute = 60_000;

describe('the clock of the log', () => {
  const warned: number[] = [];
  let clock: LogClock;
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    warned.splice(0);
    clock = new LogClock((aheadMs) => warned.push(aheadMs));
  });
  afterEach(() => jest.useRealTimers());

  it('is not ahead of one that is as late, or later', () => {
    expect(clock.aheadMs).toBe(0);
    clock.saw(Date.now() - 5_000);
    expect(clock.aheadMs).toBe(0);
    clock.saw(Date.now() + 1_500);
    expect([clock.aheadMs, warned]).toEqual([1_500, []]);
  });

  it('is told of when it is ahead, now and then, and less as time goes on', () => {
    clock.saw(Date.now() + 20 * minute);
    jest.advanceTimersByTime(minute);
    clock.saw(Date.now() + 19 * minute);
    expect([clock.aheadMs, warned]).toEqual([19 * minute, [20 * minute]]);
    jest.advanceTimersByTime(10 * minute);
    clock.saw(Date.now() + 9 * minute);
    expect(warned).toEqual([20 * minute, 9 * minute]);
    jest.advanceTimersByTime(9 * minute);
    expect(clock.aheadMs).toBe(0);
  });
});
