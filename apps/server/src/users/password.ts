import { compare, hash } from '@node-rs/bcrypt';
import { createHash, createHmac } from 'node:crypto';
import type { NamedSecret } from '../common/login-settings';

const cost = 12;
/**
 * bcrypt reads 72 bytes and stops at NUL; the base64 of 32 bytes has 44 characters and no NUL. With a pepper, whoever has
 * the database alone cannot even try passwords (NIST SP 800-63B, 5.1.1.2).
 */
function digest(password: string, pepper?: NamedSecret): string {
  const over = pepper ? createHmac('sha256', pepper.secret) : createHash('sha256');
  return over.update(password, 'utf8').digest('base64');
}

/** A hash of nobody's password: comparing with it takes as long as with a real one, so an unknown e-mail does not show. */
const decoy = hash(digest('nobody has this password'), cost);

/** Runs on a pool thread, about 0.2 s. The first pepper is used, and named before the hash. */
export async function hashPassword(password: string, [pepper]: readonly NamedSecret[] = []): Promise<string> {
  const hashed = await hash(digest(password, pepper), cost);
  return pepper ? `${pepper.kid}:${hashed}` : hashed;
}

/** A hash whose pepper is not among these matches nothing. */
export async function passwordMatches(
  password: string,
  passwordHash: string | null,
  peppers: readonly NamedSecret[] = [],
): Promise<boolean> {
  const { kid, bcrypt } = parts(passwordHash ?? '');
  const pepper = peppers.find((each) => each.kid === kid);
  const isKnown = passwordHash !== null && (kid === null || pepper !== undefined);
  const matches = await compare(digest(password, pepper), isKnown ? bcrypt : await decoy);
  return matches && isKnown;
}

/** A bcrypt hash begins with `$`, a kid has none and no colon. */
function parts(passwordHash: string): { readonly kid: string | null; readonly bcrypt: string } {
  const colon = passwordHash.indexOf(':');
  return { kid: colon < 0 ? null : passwordHash.slice(0, colon), bcrypt: passwordHash.slice(colon + 1) };
}
