import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ConsensusService } from '../../consensus/consensus.service';
import { hashApiKey } from '../../projects/api-key';
import { ReadService } from '../read.service';
import { ChangeRing } from './change-ring';
import type { WatchedKeys } from './event-frames';
import { EventFrames } from './event-frames';
import type { StreamSource } from './watch-stream';
import { WatchStream } from './watch-stream';
import { Watchers } from './watchers';

/** Of every stream. */
export const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'private, no-store',
  // nginx would wait until it has a buffer full.
  'X-Accel-Buffering': 'no',
};

export interface AskedStream {
  readonly projectId: string;
  readonly apiKey: string;
  /** Config keys with commas between them; undefined for all of the project. */
  readonly keys: string | undefined;
  /** What the client knows already, see `positionOf`. */
  readonly asked: number | undefined;
}

/** Most clients of a service watch the same keys. */
const keptKeyLists = 1_000;

/** Begins streams for those who were admitted. */
@Injectable()
export class WatchStreams {
  readonly #source: StreamSource;
  readonly #keyLists = new LRUCache<string, Exclude<WatchedKeys, null>>({ max: keptKeyLists });

  constructor(
    private readonly consensus: ConsensusService,
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

  /** In the same turn as the credential was looked at. Rejects as `Watchers.add` does; then nothing has been sent. */
  open(
    response: ServerResponse,
    { projectId, apiKey, keys, asked }: AskedStream,
    headers: OutgoingHttpHeaders | string[],
  ): void {
    const credential = { projectId, apiKeyHash: hashApiKey(apiKey) };
    const position = asked ?? this.consensus.appliedIndex;
    const stream = new WatchStream(this.#source, response, credential, this.#keysOf(keys), position);
    const remove = response.req.method === 'HEAD' ? undefined : this.watchers.add(stream);
    // It ends with its connection, so it needs no frames of HTTP around its own.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, headers);
    if (!remove) return void response.end();
    response.once('close', remove);
    // Sent by itself the head becomes one string; otherwise a tree of a hundred pieces is kept as long as the stream.
    response.flushHeaders();
    stream.begin();
  }

  #keysOf(keys: string | undefined): WatchedKeys {
    if (keys === undefined) return null;
    const kept = this.#keyLists.get(keys);
    if (kept) return kept;
    const list = new Set(keys.split(','));
    this.#keyLists.set(keys, list);
    return list;
  }
}
