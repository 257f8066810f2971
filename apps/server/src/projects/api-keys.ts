import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { FailureLimit } from '../users/failure-limit';
import { networkOf } from '../users/network-of';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { hashApiKey, isApiKey } from './api-key';
import { apiKeys } from './projects.table';

const failuresAMinute = 100;

/** Which project an API key opens. A key that is good costs one hash and one look-up and is never limited here. */
@Injectable()
export class ApiKeys {
  readonly #failures = new FailureLimit(new RateLimiterMemory({ points: failuresAMinute, duration: 60 }));

  constructor(private readonly consensus: ConsensusService) {}

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
