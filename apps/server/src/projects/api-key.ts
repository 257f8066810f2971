import { hash, randomBytes } from 'node:crypto';

export interface MintedApiKey {
  /** Shown once and kept nowhere. */
  readonly apiKey: string;
  readonly hash: string;
  readonly hint: string;
}

const form = /^cfg_[A-Za-z0-9_-]{43}$/;
const hintLength = 4;

export function mintApiKey(): MintedApiKey {
  const apiKey = `cfg_${randomBytes(32).toString('base64url')}`;
  return { apiKey, hash: hashApiKey(apiKey), hint: apiKey.slice(-hintLength) };
}

export const isApiKey = (text: string): boolean => form.test(text);

/**
 * What is stored, and what a key that came is looked up by. The look-up is no comparison of secrets: how long it takes can
 * tell something of the hash of what was sent, which nobody can steer toward the hash of a key without having the key.
 */
export const hashApiKey = (apiKey: string): string => hash('sha256', apiKey, 'hex');
