import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import type { FailureLimit } from '../limits/failure-limit';
import { FailureLimits } from '../limits/failure-limits';
import { PasswordWork } from './password-work';
import type { UserEntity } from './user.entity';
import { normalizeEmail } from './user.rules';
import { users } from './users.table';
import { networkOf } from './network-of';

const windowSeconds = 15 * 60;
const failuresOfPair = 10;
const failuresOfNetwork = 100;
/**
 * In an hour by the clock, so at most twice as many in any hour (OWASP ASVS 2.2.1 allows 100). More than one network is
 * allowed: whoever guesses from one alone does not lock the owner out.
 */
const failuresOfAccount = 50;
const accountWindowSeconds = 60 * 60;

/**
 * E-mail and password, checked against guessing: failures are limited for each account (known or not) from each
 * network, for each network, and for each account from everywhere; an unknown e-mail takes as long as a wrong password.
 */
@Injectable()
export class CredentialCheck {
  readonly #pairs: FailureLimit;
  readonly #networks: FailureLimit;
  readonly #accounts: FailureLimit;

  constructor(
    private readonly consensus: ConsensusService,
    limits: FailureLimits,
    private readonly passwords: PasswordWork,
  ) {
    this.#pairs = limits.of({ name: 'login-pair', failures: failuresOfPair, windowSeconds });
    this.#networks = limits.of({ name: 'login-network', failures: failuresOfNetwork, windowSeconds });
    this.#accounts = limits.of({
      name: 'login-account',
      failures: failuresOfAccount,
      windowSeconds: accountWindowSeconds,
      nodes: () => consensus.memberCount,
    });
  }

  /** The user with this e-mail and password. Rejects `invalid-credentials`, `rate-limited` or `overloaded`. */
  async check(
    email: string,
    password: string,
    { address, deadline }: Pick<RequestContext, 'address' | 'deadline'>,
  ): Promise<UserEntity> {
    const account = normalizeEmail(email);
    const network = networkOf(address);
    // Those who are blocked do not take places in the queue from others.
    await this.#pairs.refuseExhausted(pairOf(account, network));
    await this.#networks.refuseExhausted(network);
    await this.#accounts.refuseExhausted(account);
    return this.passwords.checkInTurn(() => this.#attempt(account, password, network), deadline);
  }

  async #attempt(account: string, password: string, network: string): Promise<UserEntity> {
    // Counted before it is known to fail: attempts at the same time cannot slip past the limit together.
    await this.#pairs.count(pairOf(account, network));
    await this.#networks.count(network);
    await this.#accounts.count(account);
    const user = this.consensus.state.of(users).find('email', account);
    if (!(await this.passwords.matches(password, user?.passwordHash ?? null)) || !user)
      return reject('invalid-credentials');
    await this.#pairs.clear(pairOf(account, network));
    await this.#networks.forgive(network);
    // Not cleared: whoever guesses elsewhere would begin anew with each login of the owner.
    await this.#accounts.forgive(account);
    return user;
  }
}

const pairOf = (account: string, network: string): string => `${network} ${account}`;
