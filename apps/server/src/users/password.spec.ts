import { hashPassword, passwordMatches } from './password';

describe('a password', () => {
  it('is kept as a bcrypt hash of cost 12, salted anew each time', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^\$2[aby]\$12\$[./A-Za-z0-9]{53}$/);
    expect(other).not.toBe(one);
    expect(await passwordMatches('correct horse', one)).toBe(true);
    expect(await passwordMatches('correct horse', other)).toBe(true);
  });

  const first72 = 'p'.repeat(72);
  it.each([
    ['another one', 'correct horse', 'Correct horse'],
    ['one with the same first 72 bytes', `${first72}a`, `${first72}b`],
    ['its first 72 bytes', `${first72}a`, first72],
    ['one with the same bytes before a NUL', 'a\0b', 'a\0c'],
  ])('is not matched by %s', async (_what, password, given) => {
    const kept = await hashPassword(password);
    expect(await Promise.all([passwordMatches(given, kept), passwordMatches(password, kept)])).toEqual([false, true]);
  });

  it('matches nobody when there is no such user, not even the one that is compared with', async () => {
    expect(await passwordMatches('nobody has this password', null)).toBe(false);
  });
});
