import { Injectable } from '@nestjs/common';
import type { FailureLimit } from '../limits/failure-limit';
import { FailureLimits } from '../limits/failure-limits';
import { networkOf } from '../users/network-of';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { hashApiKey, isApiKey } from './api-key';
import { apiKeys } from './projects.table';

const failuresAMinute = 100;

/** Which project an API key opens. A key that is good costs one hash and one look-up and is never limited here. */
@Injectable()
export class ApiKeys {
  readonly #failures: FailureLimit;

  constructor(
    private readonly consensus: ConsensusService,
    limits: FailureLimits,
  ) {
    this.#failures = limits.of({ name: 'unknown-key', failures: failuresAMinute, windowSeconds: 60 });
  }

  /** Whether a grace period is over is decided in the log, so the rows are all that counts. */
  projectOf(apiKey: string): string | undefined {
    return isApiKey(apiKey) ? this.consensus.state.of(apiKeys).get(hashApiKey(apiKey))?.projectId : undefined;
  }

  /** Rejects `invalid-api-key`, or `rate-limited` when too many unknown keys came from the address. */
  async refuse(address: string): Promise<never> {
    await this.#failures.count(networkOf(address));
    return reject('invalid-api-key');
  }
}
