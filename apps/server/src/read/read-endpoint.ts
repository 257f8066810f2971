import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { RequestLimit } from '../auth/request-limit';
import type { Deadline } from '../common/deadline';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { configAge } from '../common/http/config-age';
import { readConsistencyOf } from '../common/http/read-query';
import type { ContextRequest, ReadConsistency } from '../common/http/request-context';
import { linearizable } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { hashApiKey } from '../projects/api-key';
import { ApiKeyAuthentication } from '../projects/api-key-authentication';
import { ApiKeys } from '../projects/api-keys';
import type { ReadTarget } from './read-target.rules';
import { readTarget } from './read-target.rules';
import type { ReadConfigQuery } from './read.dto';
import { ReadService } from './read.service';
import { sendAnswer } from './send-answer';

/** One request of the read API: the barrier, then the credential and the read against one state, then the answer. */
@Injectable()
export class ReadEndpoint {
  readonly #limit: RequestLimit | undefined;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly authentication: ApiKeyAuthentication,
    private readonly apiKeys: ApiKeys,
    private readonly reads: ReadService,
    @Inject(ENVIRONMENT) { rateLimitRead }: Pick<Environment, 'rateLimitRead'>,
  ) {
    this.#limit = RequestLimit.of(rateLimitRead);
  }

  /** `path` holds what follows `/v1/read`. */
  async answer(
    request: ContextRequest,
    response: Response,
    { raw }: ReadConfigQuery,
    path: readonly string[],
  ): Promise<void> {
    const header = request.headers['x-api-key'];
    const target = readTarget(header === undefined ? undefined : String(header), path);
    if (target.key === null && raw !== undefined) refuseRaw();
    const { context } = request;
    await this.#pass(readConsistencyOf(request), target.apiKey, context.deadline);
    // Under this name the strategy finds it, whichever part of the path it is.
    if (header === undefined) request.params['apiKey'] = target.apiKey;
    context.apiKeyProjectId = await this.authentication.authenticate(request);
    await this.#limit?.count(hashApiKey(target.apiKey));
    if (response.headersSent) return;
    this.#answerNow(request, response, target, raw === 'true');
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

  /** Synchronous, so that no entry of the log comes between the credential and the read. */
  #answerNow(request: ContextRequest, response: Response, { apiKey, key }: ReadTarget, raw: boolean): void {
    response.setHeader('X-Config-Index', this.consensus.appliedIndex);
    if (readConsistencyOf(request).level === 'local')
      response.setHeader('X-Config-Age', configAge(this.consensus.stateAgeMs));
    response.vary('X-API-Key').setHeader('Cache-Control', 'private, no-cache');
    // The key was good a moment ago; it may have been replaced while the authentication was awaited.
    const projectId = this.apiKeys.projectOf(apiKey) ?? reject('invalid-api-key');
    sendAnswer(
      request,
      response,
      key === null ? this.reads.snapshot(projectId) : this.reads.config(projectId, key, raw ? 'raw' : 'plain'),
    );
  }
}

const refuseRaw = (): never =>
  reject('validation-failed', {
    errors: [{ parameter: 'raw', message: 'goes with one config, not with all of them' }],
  });
