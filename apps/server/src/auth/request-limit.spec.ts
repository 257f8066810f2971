import { RequestLimit } from './request-limit';

describe('a limit of requests', () => {
  it('refuses the one too many of a key, says for how long, and leaves other keys alone', async () => {
    const limit = new RequestLimit(2);
    await limit.count('ada');
    await limit.count('ada');
    const refused = await limit.count('ada').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rate-limited', detail: { retryAfterSeconds: 60 } });
    await limit.count('bob');
  });

  it('is none without a number', () => {
    expect(RequestLimit.of(null)).toBeUndefined();
  });
});
