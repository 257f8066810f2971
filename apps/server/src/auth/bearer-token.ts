import type { IncomingMessage } from 'node:http';

const scheme = 'bearer ';
/** Ours have some 400 characters. */
const longestHeader = 4096;

/** The token in `Authorization: Bearer <token>`, or null. passport-jwt looks for it in quadratic time. */
export function bearerToken({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const { authorization = '' } = headers;
  if (authorization.length > longestHeader) return null;
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return null;
  const token = authorization.slice(scheme.length).trim();
  return token === '' ? null : token;
}
