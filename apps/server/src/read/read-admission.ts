import { Injectable } from '@nestjs/common';
import type { Deadline } from '../common/deadline';
import { readConsistencyOf } from '../common/http/read-query';
import type { ContextRequest, ReadConsistency } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { ConsensusService } from '../consensus/consensus.service';
import { ApiKeyAuthentication } from '../projects/api-key-authentication';
import { ApiKeys } from '../projects/api-keys';
import { ReadLimit } from './read-limit';

/** What comes before every answer of the read API: the barrier, the credential, the limit of requests. */
@Injectable()
export class ReadAdmission {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly authentication: ApiKeyAuthentication,
    private readonly apiKeys: ApiKeys,
    private readonly limit: ReadLimit,
  ) {}

  /** Afterwards the state may answer; the key was good a moment ago. */
  async admit(request: ContextRequest, apiKey: string): Promise<void> {
    const { context } = request;
    await this.#pass(readConsistencyOf(request), apiKey, context.deadline);
    // Under this name the strategy finds it, whichever part of the path it is.
    if (request.headers['x-api-key'] === undefined) request.params['apiKey'] = apiKey;
    context.apiKeyProjectId = await this.authentication.authenticate(request);
    await this.limit.count(apiKey, request.res);
  }

  /**
   * Whoever has no good key waits for at most one round, not for an index of their choice. A key that is not known here
   * may have been made on another node: a confirmed round makes it known, if anybody ever acknowledged it.
   */
  async #pass(read: ReadConsistency, apiKey: string, deadline: Deadline): Promise<void> {
    const waits = read.minIndex !== null && read.minIndex > this.consensus.appliedIndex;
    if (waits && this.apiKeys.projectOf(apiKey) === undefined) {
      await this.consensus.barrier(linearizable, deadline);
      if (this.apiKeys.projectOf(apiKey) === undefined) return;
    }
    await this.consensus.barrier(read, deadline);
  }
}
