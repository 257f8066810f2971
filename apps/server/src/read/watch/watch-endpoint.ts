import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { configAge } from '../../common/http/config-age';
import { readConsistencyOf } from '../../common/http/read-query';
import type { ContextRequest } from '../../common/http/request-context';
import { reject } from '../../common/rejected';
import { ConsensusService } from '../../consensus/consensus.service';
import { ApiKeys } from '../../projects/api-keys';
import { ReadAdmission } from '../read-admission';
import { readTarget } from '../read-target.rules';
import { positionOf } from './position.rules';
import { streamHeaders, WatchStreams } from './watch-streams';
import type { WatchQuery } from './watch.dto';

/** One request to watch: admitted like a read, then a stream that begins with the state as it stands. */
@Injectable()
export class WatchEndpoint {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly admission: ReadAdmission,
    private readonly apiKeys: ApiKeys,
    private readonly streams: WatchStreams,
  ) {}

  /** `path` holds what follows `/v1/watch`. */
  async open(
    request: ContextRequest,
    response: Response,
    { keys }: WatchQuery,
    path: readonly string[],
  ): Promise<void> {
    const { apiKey } = this.#target(request, path);
    const asked = positionOf(request.headers['last-event-id']);
    await this.admission.admit(request, apiKey);
    if (response.headersSent) return;
    this.#openNow(request, response, apiKey, keys, asked);
  }

  #target(request: ContextRequest, path: readonly string[]) {
    const header = request.headers['x-api-key'];
    if (header !== undefined && path.length > 0)
      reject('validation-failed', {
        errors: [{ header: 'X-API-Key', message: 'must not be sent when the path holds an API key' }],
      });
    return readTarget(header === undefined ? undefined : String(header), path);
  }

  /** Synchronous, so that no entry of the log comes between the credential and the beginning of the stream. */
  #openNow(
    request: ContextRequest,
    response: Response,
    apiKey: string,
    keys: string | undefined,
    asked: number | undefined,
  ): void {
    const projectId = this.apiKeys.projectOf(apiKey) ?? reject('invalid-api-key');
    response.vary('X-API-Key').setHeader('X-Config-Index', this.consensus.appliedIndex);
    if (readConsistencyOf(request).level === 'local')
      response.setHeader('X-Config-Age', configAge(this.consensus.stateAgeMs));
    this.streams.open(response, { projectId, apiKey, keys, asked }, streamHeaders);
  }
}
