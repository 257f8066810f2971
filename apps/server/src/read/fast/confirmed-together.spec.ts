import { ConfirmedTogether } from './confirmed-together';

interface Settling {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function settling(): Settling {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

describe('waiting for a confirmed round together', () => {
  let round: Settling;
  let told: string[];
  let together: ConfirmedTogether<string>;

  beforeEach(() => {
    jest.useFakeTimers();
    round = settling();
    told = [];
    together = new ConfirmedTogether<string>({
      confirm: () => round.promise,
      confirmed: (waiting) => told.push(`${waiting} confirmed`),
      failed: (waiting) => told.push(`${waiting} failed`),
      patienceMs: 100,
    });
  });
  afterEach(() => jest.useRealTimers());

  it('tells all of a round when it is over, and those of the next one when that is', async () => {
    together.add('a');
    together.add('b');
    const first = round;
    round = settling();
    together.add('c');
    first.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a confirmed', 'b confirmed']);
    together.add('d');
    round.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(told.slice(2)).toEqual(['c confirmed', 'd confirmed']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells of a round that failed', async () => {
    together.add('a');
    round.reject(new Error('no leader'));
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a failed']);
  });

  it('does not wait longer than it has patience, and tells once', async () => {
    together.add('a');
    await jest.advanceTimersByTimeAsync(99);
    expect(told).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    round.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a failed']);
  });

  it('begins anew for who comes after a round that took too long, although the round is the same', async () => {
    together.add('a');
    await jest.advanceTimersByTimeAsync(100);
    together.add('b');
    round.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['a failed', 'b confirmed']);
  });
});
