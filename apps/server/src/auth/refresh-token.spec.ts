import { mintRefreshToken, readRefreshToken } from './refresh-token';

describe('a refresh token', () => {
  it('is read back as the token that was minted', () => {
    const token = mintRefreshToken();
    expect(readRefreshToken(token.text)).toEqual(token);
    expect(token.familyId).toMatch(/^[0-9a-f]{64}$/);
    expect(token.tokenHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps its family from token to token and nothing else', () => {
    const first = mintRefreshToken();
    const second = mintRefreshToken(first.family);
    expect(second.familyId).toBe(first.familyId);
    expect(second.tokenHash).not.toBe(first.tokenHash);
  });

  it('shows neither half in what the log is told', () => {
    const { text, familyId, tokenHash } = mintRefreshToken();
    for (const half of text.split('.')) expect(`${familyId} ${tokenHash}`).not.toContain(half);
  });

  it.each([
    '',
    'x',
    'a.b',
    `${'a'.repeat(22)}.${'b'.repeat(42)}`,
    `${'a'.repeat(22)}.${'b'.repeat(43)}\n`,
    'a'.repeat(200),
  ])('is not %j', (text) => expect(readRefreshToken(text)).toBeUndefined());
});
