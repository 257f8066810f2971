import { compare, hash } from '@node-rs/bcrypt';
import { createHash } from 'node:crypto';

const cost = 12;
/** bcrypt reads 72 bytes and stops at NUL; the base64 of a SHA-256 has 44 characters and no NUL. */
const digest = (password: string): string => createHash('sha256').update(password, 'utf8').digest('base64');

/** A hash of nobody's password: comparing with it takes as long as with a real one, so an unknown e-mail does not show. */
const decoy = hash(digest('nobody has this password'), cost);

/** Runs on a pool thread, about 0.2 s. */
export const hashPassword = (password: string): Promise<string> => hash(digest(password), cost);

export async function passwordMatches(password: string, passwordHash: string | null): Promise<boolean> {
  const matches = await compare(digest(password), passwordHash ?? (await decoy));
  return matches && passwordHash !== null;
}
