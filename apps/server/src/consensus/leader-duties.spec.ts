import type { PinoLogger } from 'nestjs-pino';
import { LeaderDuties } from './leader-duties';

const never = (): Promise<void> => new Promise(() => undefined);
const leads = (): boolean => true;

describe('the duties of the leader', () => {
  const warn = jest.fn();
  let performed: number;
  let duties: LeaderDuties;

  beforeEach(() => {
    jest.useFakeTimers();
    warn.mockClear();
    performed = 0;
    duties = new LeaderDuties({ warn } as unknown as PinoLogger);
    duties.register({ name: 'count', perform: () => Promise.resolve(void (performed += 1)) });
  });
  afterEach(() => jest.useRealTimers());

  it('wait for the confirmation of the state, and are done again and again', async () => {
    let confirmations = 0;
    await duties.start(leads, () => Promise.resolve((confirmations += 1)));
    expect([confirmations, performed]).toEqual([1, 1]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([confirmations, performed]).toEqual([3, 3]);
    await duties.stop();
  });

  it('give a confirmation up that does not come, and are done when a later one does', async () => {
    const confirm = jest.fn(never);
    void duties.start(leads, confirm);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(confirm.mock.calls.length).toBeGreaterThan(1);
    expect(performed).toBe(0);
    confirm.mockImplementation(() => Promise.resolve());
    await jest.advanceTimersByTimeAsync(10_000);
    expect(performed).toBeGreaterThan(0);
    await duties.stop();
  });

  it('end although a confirmation never comes', async () => {
    void duties.start(leads, never);
    await jest.advanceTimersByTimeAsync(100);
    // The clock stands still: the end waits for nothing.
    await duties.stop();
    expect(performed).toBe(0);
  });

  it('end although a duty does not', async () => {
    duties.register({ name: 'hang', perform: never });
    void duties.start(leads, () => Promise.resolve());
    await jest.advanceTimersByTimeAsync(100);
    const stopped = jest.fn();
    void duties.stop().then(stopped);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(stopped).toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(performed).toBe(1);
  });
});
