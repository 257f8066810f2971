import { everyFault, schedule } from './schedule';

const options = { nodes: 3, lengthMs: 60_000, faults: everyFault };

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(schedule(7, options)).toEqual(schedule(7, options));
    expect(schedule(7, options)).not.toEqual(schedule(8, options));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has every kind of fault within a minute, and ends in time (seed %i)', (seed) => {
    const strikes = schedule(seed, options);
    expect(new Set(strikes.map(({ fault }) => fault))).toEqual(new Set(everyFault));
    for (const { atMs, lastsMs } of strikes) expect(atMs + lastsMs).toBeLessThanOrEqual(options.lengthMs);
  });

  it('names nodes that there are, each once', () => {
    for (const nodes of [1, 3, 5]) {
      for (const { fault, victims } of schedule(nodes, { ...options, nodes })) {
        expect(new Set(victims).size).toBe(victims.length);
        expect(Math.max(-1, ...victims)).toBeLessThan(nodes);
        if (fault === 'cut-one-way' && nodes > 1) expect(victims).toHaveLength(2);
        if (fault === 'cut' && nodes > 1) expect(victims.length).toBeLessThan(nodes);
      }
    }
  });

  it('lets some faults meet', () => {
    const meetings = [1, 2, 3].flatMap((seed) =>
      schedule(seed, options).filter((strike, n, all) => {
        const before = all[n - 1];
        return before !== undefined && before.atMs + before.lastsMs > strike.atMs;
      }),
    );
    expect(meetings.length).toBeGreaterThan(3);
  });
});
