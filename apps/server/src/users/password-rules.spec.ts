import { PasswordRules } from './password-rules';

const strict = new PasswordRules({ authRules: 'strict' });

describe('the strict rules', () => {
  it.each([
    ['eleven characters', 'purple lamp', 'must have at least 12 characters'],
    ['twelve with spaces that count once', 'purple     lamp', 'must have at least 12 characters'],
    ['a common one', '1q2w3e4r5t6y', 'is one of the most common ones'],
    ['a common one in capitals', 'QWERTYUIOP123', 'is one of the most common ones'],
    ['a common one with digits behind it', 'password2026', 'is one of the most common ones'],
    ['a common one between signs', '***Football***', 'is one of the most common ones'],
    ['a common one with spaces in it', 'i love you 12', 'is one of the most common ones'],
  ])('refuse %s', async (_what, password, fault) => {
    await expect(strict.faultOf(password)).resolves.toBe(fault);
    await expect(strict.require(password)).rejects.toMatchObject({
      code: 'validation-failed',
      detail: { errors: [{ pointer: '/password', message: fault }] },
    });
  });

  it.each([
    ['words', 'nine purple lanterns'],
    ['one kind of characters', 'zbtvqkxwrnml'],
    ['other scripts', 'ねこはこたつでまるくなるよ'],
    ['twelve signs of a pair of units each', '🦉🐙🦔🐝🦋🐌🦎🐢🦑🐠🐳🦭'],
    ['the greatest length', 'x7'.repeat(64)],
  ])('take %s', async (_what, password) => {
    await expect(strict.faultOf(password)).resolves.toBeUndefined();
  });
});

it('takes what the API takes anyway with the standard rules', async () => {
  await expect(new PasswordRules({ authRules: 'standard' }).faultOf('password')).resolves.toBeUndefined();
});
