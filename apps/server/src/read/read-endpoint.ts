import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { configAge } from '../common/http/config-age';
import { readConsistencyOf } from '../common/http/read-query';
import type { ContextRequest } from '../common/http/request-context';
import { reject } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { ApiKeys } from '../projects/api-keys';
import { ReadAdmission } from './read-admission';
import type { ReadTarget } from './read-target.rules';
import { readTarget } from './read-target.rules';
import type { ReadConfigQuery } from './read.dto';
import { ReadService } from './read.service';
import { sendAnswer } from './send-answer';
import { waitOf } from './watch/wait.rules';
import { WaitingReads } from './watch/waiting-reads';

/** One request of the read API: the barrier, then the credential and the read against one state, then the answer. */
@Injectable()
export class ReadEndpoint {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly admission: ReadAdmission,
    private readonly apiKeys: ApiKeys,
    private readonly reads: ReadService,
    private readonly waiting: WaitingReads,
  ) {}

  /** `path` holds what follows `/v1/read`. */
  async answer(
    request: ContextRequest,
    response: Response,
    query: ReadConfigQuery,
    path: readonly string[],
  ): Promise<void> {
    const header = request.headers['x-api-key'];
    const target = readTarget(header === undefined ? undefined : String(header), path);
    if (target.key === null) refuseForAll(query);
    const wait = waitOf(query);
    if (wait) labelWaiting(request);
    await this.admission.admit(request, target.apiKey);
    if (response.headersSent) return;
    const { apiKey, key } = target;
    const answer = (isUnchanged: boolean): void | Promise<void> =>
      this.#answerNow(request, response, target, query.raw === 'true', isUnchanged);
    if (wait && key !== null) await this.waiting.wait(request, response, { apiKey, key }, wait, answer);
    else await answer(false);
  }

  /** Synchronous, so that no entry of the log comes between the credential and the read. */
  #answerNow(
    request: ContextRequest,
    response: Response,
    { apiKey, key }: ReadTarget,
    raw: boolean,
    isUnchanged: boolean,
  ): void | Promise<void> {
    response.setHeader('X-Config-Index', this.consensus.appliedIndex);
    if (readConsistencyOf(request).level === 'local')
      response.setHeader('X-Config-Age', configAge(this.consensus.stateAgeMs));
    response.vary('X-API-Key, Accept-Encoding').setHeader('Cache-Control', 'private, no-cache');
    // The key was good a moment ago; it may have been replaced while the authentication was awaited.
    const projectId = this.apiKeys.projectOf(apiKey) ?? reject('invalid-api-key');
    const found =
      key === null ? this.reads.snapshot(projectId) : this.reads.config(projectId, key, raw ? 'raw' : 'plain');
    return sendAnswer(request, response, found, isUnchanged);
  }
}

/** It takes as long as nothing happens, which is no measure of how fast reads are: metrics know it by a route of its own. */
function labelWaiting(request: ContextRequest): void {
  const { path } = request.route as { readonly path: string };
  request.route = { path: `${path}?waitIndex` };
}

const forOne = ['raw', 'waitIndex', 'wait'] as const;

function refuseForAll(query: ReadConfigQuery): void {
  const errors = forOne
    .filter((parameter) => query[parameter] !== undefined)
    .map((parameter) => ({ parameter, message: 'goes with one config, not with all of them' }));
  if (errors.length > 0) reject('validation-failed', { errors });
}
