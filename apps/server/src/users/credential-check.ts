import { Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { passwordMatches } from './password';
import type { UserEntity } from './user.entity';
import { normalizeEmail } from './user.rules';
import { users } from './users.table';
import { BoundedQueue } from './bounded-queue';
import { FailureLimit } from './failure-limit';
import { networkOf } from './network-of';

const windowSeconds = 15 * 60;
const failuresOfAccount = 10;
const failuresOfNetwork = 100;

/**
 * E-mail and password, checked against guessing: failures are limited for each account (known or not) and each
 * network, an unknown e-mail takes as long as a wrong password, and at most two threads of the pool are ever busy with
 * it, because the pool has four and others need it too.
 */
@Injectable()
export class CredentialCheck {
  readonly #queue = new BoundedQueue({ running: Math.min(2, availableParallelism()), waiting: 64 });
  readonly #accounts = failureLimit(failuresOfAccount);
  readonly #networks = failureLimit(failuresOfNetwork);

  constructor(private readonly consensus: ConsensusService) {}

  /** The user with this e-mail and password. Rejects `invalid-credentials`, `rate-limited` or `overloaded`. */
  async check(
    email: string,
    password: string,
    { address, deadline }: Pick<RequestContext, 'address' | 'deadline'>,
  ): Promise<UserEntity> {
    const account = normalizeEmail(email);
    const network = networkOf(address);
    // Those who are blocked do not take places in the queue from others.
    await this.#networks.refuseExhausted(network);
    await this.#accounts.refuseExhausted(account);
    return this.#queue.run(() => this.#attempt(account, password, network), deadline);
  }

  async #attempt(account: string, password: string, network: string): Promise<UserEntity> {
    // Counted before it is known to fail: attempts at the same time cannot slip past the limit together.
    await this.#networks.count(network);
    await this.#accounts.count(account);
    const user = this.consensus.state.of(users).find('email', account);
    if (!(await passwordMatches(password, user?.passwordHash ?? null)) || !user) return reject('invalid-credentials');
    await this.#networks.forgive(network);
    await this.#accounts.clear(account);
    return user;
  }
}

const failureLimit = (failures: number): FailureLimit =>
  new FailureLimit(new RateLimiterMemory({ points: failures, duration: windowSeconds }));
