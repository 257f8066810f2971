import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { configAge } from '../../common/http/config-age';
import { readConsistencyOf } from '../../common/http/read-query';
import type { ContextRequest } from '../../common/http/request-context';
import { reject } from '../../common/rejected';
import { ConsensusService } from '../../consensus/consensus.service';
import { hashApiKey } from '../../projects/api-key';
import { ApiKeys } from '../../projects/api-keys';
import { ReadAdmission } from '../read-admission';
import { readTarget } from '../read-target.rules';
import { ReadService } from '../read.service';
import { ChangeRing } from './change-ring';
import type { WatchedKeys } from './event-frames';
import { EventFrames } from './event-frames';
import { positionOf } from './position.rules';
import type { StreamSource } from './watch-stream';
import { WatchStream } from './watch-stream';
import type { WatchQuery } from './watch.dto';
import { Watchers } from './watchers';

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'private, no-store',
  // nginx would wait until it has a buffer full.
  'X-Accel-Buffering': 'no',
};

/** One request to watch: admitted like a read, then a stream that begins with the state as it stands. */
@Injectable()
export class WatchEndpoint {
  readonly #source: StreamSource;

  constructor(
    private readonly consensus: ConsensusService,
    private readonly admission: ReadAdmission,
    private readonly apiKeys: ApiKeys,
    private readonly watchers: Watchers,
    reads: ReadService,
    ring: ChangeRing,
  ) {
    this.#source = {
      ring,
      frames: new EventFrames(),
      appliedIndex: () => consensus.appliedIndex,
      snapshot: (projectId, keys) => reads.snapshotPieces(projectId, keys),
      mayTell: (credential) => watchers.refusal(credential) === undefined,
      onCutOff: () => watchers.cutOff(),
    };
  }

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
    this.#openNow(request, response, apiKey, keys === undefined ? null : new Set(keys.split(',')), asked);
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
    keys: WatchedKeys,
    asked: number | undefined,
  ): void {
    const projectId = this.apiKeys.projectOf(apiKey) ?? reject('invalid-api-key');
    const credential = { projectId, apiKeyHash: hashApiKey(apiKey) };
    const position = asked ?? this.consensus.appliedIndex;
    const stream = new WatchStream(this.#source, response, credential, keys, position);
    const remove = request.method === 'HEAD' ? undefined : this.watchers.add(stream);
    response.vary('X-API-Key').setHeader('X-Config-Index', this.consensus.appliedIndex);
    if (readConsistencyOf(request).level === 'local')
      response.setHeader('X-Config-Age', configAge(this.consensus.stateAgeMs));
    // It ends with its connection, so it needs no frames of HTTP around its own.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, headers);
    if (!remove) return void response.end();
    response.once('close', remove);
    // Sent by itself the head becomes one string; otherwise a tree of a hundred pieces is kept as long as the stream.
    response.flushHeaders();
    stream.begin();
  }
}
