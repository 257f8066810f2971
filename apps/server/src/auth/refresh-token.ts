import { createHash, randomBytes } from 'node:crypto';

/**
 * `<family>.<secret>`, both random. The log and the database know the two hashes only; the family's half is kept from
 * token to token, so whoever presents an older one shows that it belongs to the family.
 */
export interface RefreshToken {
  readonly text: string;
  readonly family: string;
  readonly familyId: string;
  readonly tokenHash: string;
}

const form = /^([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const described = (family: string, text: string): RefreshToken => ({
  text,
  family,
  familyId: sha256(family),
  tokenHash: sha256(text),
});

/** The first token of a new family, or the next one of a known family. */
export function mintRefreshToken(family = randomBytes(16).toString('base64url')): RefreshToken {
  return described(family, `${family}.${randomBytes(32).toString('base64url')}`);
}

/** What a caller presents; undefined when it is no refresh token at all. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  const family = form.exec(text)?.[1];
  return family === undefined ? undefined : described(family, text);
}
