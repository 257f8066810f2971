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

describe('a pepper', () => {
  const [old, current] = [
    { kid: '2025', secret: 'o'.repeat(32) },
    { kid: '2026', secret: 'n'.repeat(32) },
  ];

  it('is needed to match, is named by the hash, and is not in it', async () => {
    const hashed = await hashPassword('correct horse', [current, old]);
    expect(hashed).toMatch(/^2026:\$2[aby]\$12\$.{53}$/);
    await expect(passwordMatches('correct horse', hashed, [current])).resolves.toBe(true);
    await expect(passwordMatches('correct donkey', hashed, [current])).resolves.toBe(false);
    await expect(passwordMatches('correct horse', hashed)).resolves.toBe(false);
    await expect(passwordMatches('correct horse', hashed.slice(5), [current])).resolves.toBe(false);
    await expect(passwordMatches('correct horse', hashed, [{ ...current, secret: 'x'.repeat(32) }])).resolves.toBe(
      false,
    );
  });

  it('is replaced, while hashes of the old one and of none still match', async () => {
    const [before, none] = [await hashPassword('correct horse', [old]), await hashPassword('correct horse')];
    await expect(passwordMatches('correct horse', before, [current, old])).resolves.toBe(true);
    await expect(passwordMatches('correct horse', none, [current, old])).resolves.toBe(true);
    await expect(passwordMatches('correct horse', before, [current])).resolves.toBe(false);
  });
});
