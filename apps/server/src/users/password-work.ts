import { Inject, Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { BoundedQueue } from '../common/bounded-queue';
import type { Deadline } from '../common/deadline';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { hashPassword, passwordMatches } from './password';

const running = Math.min(2, availableParallelism());

/**
 * Hashing a password keeps a thread of the pool busy for a fifth of a second. The pool has four, and compressed answers
 * need it too: what waits, waits here. Logins, which anybody may try, are kept apart from what administrators do.
 */
@Injectable()
export class PasswordWork {
  readonly #checks = new BoundedQueue({ running, waiting: 64, detail: 'Too many passwords are being checked.' });
  readonly #hashes = new BoundedQueue({ running, waiting: 96, detail: 'Too many passwords are being hashed.' });

  constructor(@Inject(ENVIRONMENT) private readonly environment: Pick<Environment, 'passwordPeppers'>) {}

  /** Rejects `overloaded`, as `hash` does. */
  checkInTurn<T>(check: () => Promise<T>, deadline: Deadline): Promise<T> {
    return this.#checks.run(check, deadline);
  }

  /** In a turn that was taken. */
  matches(password: string, passwordHash: string | null): Promise<boolean> {
    return passwordMatches(password, passwordHash, this.environment.passwordPeppers ?? []);
  }

  hash(password: string, deadline: Deadline): Promise<string> {
    return this.#hashes.run(() => hashPassword(password, this.environment.passwordPeppers ?? []), deadline);
  }
}
