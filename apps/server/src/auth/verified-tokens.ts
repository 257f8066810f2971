import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';

/** What a token was found to say. */
export interface VerifiedToken {
  readonly userId: string;
  /** The login it was issued for; null when an older release issued it. */
  readonly familyId: string | null;
  /** Seconds since the epoch, from which on the token is expired. */
  readonly expiresAt: number;
}

const mostKept = 10_000;

/**
 * The tokens whose signature and terms were found good. Those never change: the secrets are those of the process. What
 * does change is asked each time: the clock here, the user in the state. Keyed by a hash, so that no token lies about.
 */
export class VerifiedTokens {
  readonly #kept = new LRUCache<string, VerifiedToken>({ max: mostKept });

  find(authorization: string): VerifiedToken | undefined {
    const kept = this.#kept.get(hashOf(authorization));
    return kept && Date.now() < kept.expiresAt * 1000 ? kept : undefined;
  }

  keep(authorization: string, token: VerifiedToken): void {
    this.#kept.set(hashOf(authorization), token);
  }
}

const hashOf = (text: string): string => hash('sha256', text, 'base64url');
