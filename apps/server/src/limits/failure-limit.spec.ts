import { RateLimiterMemory } from 'rate-limiter-flexible';
import { FailureLimit } from './failure-limit';

const aLimit = () => new FailureLimit(new RateLimiterMemory({ points: 2, duration: 900 }));

describe('a limit of failures', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  it('refuses a key that has had its failures, says for how long, and leaves others alone', async () => {
    const limit = aLimit();
    await limit.count('ada');
    await expect(limit.refuseExhausted('ada')).resolves.toBeUndefined();
    await limit.count('ada');
    jest.advanceTimersByTime(600_500);
    const refusal = { code: 'rate-limited', detail: { retryAfterSeconds: 300 } };
    await expect(limit.refuseExhausted('ada')).rejects.toMatchObject(refusal);
    await expect(limit.count('ada')).rejects.toMatchObject(refusal);
    await expect(limit.count('bob')).resolves.toBeUndefined();
  });

  it('opens again when the window is over', async () => {
    const limit = aLimit();
    await limit.count('ada');
    await limit.count('ada');
    jest.advanceTimersByTime(900_001);
    await expect(limit.refuseExhausted('ada')).resolves.toBeUndefined();
    await expect(limit.count('ada')).resolves.toBeUndefined();
  });

  it('forgives one failure or all', async () => {
    const limit = aLimit();
    await limit.count('ada');
    await limit.count('ada');
    await limit.forgive('ada');
    await expect(limit.refuseExhausted('ada')).resolves.toBeUndefined();
    await limit.count('ada');
    await expect(limit.refuseExhausted('ada')).rejects.toMatchObject({ code: 'rate-limited' });
    await limit.clear('ada');
    await limit.count('ada');
    await expect(limit.refuseExhausted('ada')).resolves.toBeUndefined();
  });

  it('is divided among the nodes while none of them knows what the others count', async () => {
    const limit = new FailureLimit(new RateLimiterMemory({ points: 10, duration: 900 }), undefined, () => 3);
    for (let n = 0; n < 3; n++) await limit.count('ada');
    await limit.forgive('ada');
    await limit.count('ada');
    await expect(limit.count('ada')).rejects.toMatchObject({ code: 'rate-limited' });
    await expect(limit.refuseExhausted('ada')).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it('is whole where all count together', async () => {
    const shared = {
      counter: new RateLimiterMemory({ points: 10, duration: 900 }),
      run: <T>(call: () => Promise<T>) => call(),
    };
    const limit = new FailureLimit(new RateLimiterMemory({ points: 10, duration: 900 }), shared, () => 3);
    for (let n = 0; n < 10; n++) await limit.count('ada');
    await expect(limit.count('ada')).rejects.toMatchObject({ code: 'rate-limited' });
  });
});
