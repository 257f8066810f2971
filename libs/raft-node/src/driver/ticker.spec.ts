import type { Clock } from '../clock';
import { Ticker } from './ticker';

/** A clock on which a timer can be late. */
function aClock(): { clock: Clock; pass(ms: number): void } {
  let [now, work] = [500, (): void => undefined];
  const clock: Clock = {
    wall: () => now,
    monotonic: () => now,
    after: (_ms, next) => {
      work = next;
      return () => (work = () => undefined);
    },
  };
  return {
    clock,
    pass: (ms) => {
      now += ms;
      work();
    },
  };
}

describe('the ticker', () => {
  it('makes up for a late timer, up to its limit, and forgets what a pause would make of it', () => {
    const { clock, pass } = aClock();
    const ticks: number[] = [];
    const ticker = new Ticker(clock, 25, (count) => ticks.push(count));
    ticker.start();
    for (const ms of [10, 9, 1, 47, 13, 5_000, 10]) pass(ms);
    ticker.stop();
    pass(100);
    expect(ticks).toEqual([1, 1, 4, 2, 25, 1]);
  });
});
