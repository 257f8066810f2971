import type { ServerResponse } from 'node:http';
import type { ChangeRing, ChangesOfIndex } from './change-ring';
import type { EventFrames, WatchedKeys } from './event-frames';
import { greeting, heartbeat, resyncFrames } from './event-frames';
import type { WatchCredential, Watcher } from './watchers';

/** What all streams of a node share. */
export interface StreamSource {
  readonly ring: Pick<ChangeRing, 'floorOf' | 'after'>;
  readonly frames: EventFrames;
  readonly appliedIndex: () => number;
  /** All values that are watched, in pieces. */
  readonly snapshot: (projectId: string, keys: WatchedKeys) => Iterable<Buffer | string>;
  /** Whether the state may still be shown to this one. */
  readonly mayTell: (credential: WatchCredential) => boolean;
  readonly onCutOff: () => void;
}

/** Changes that may wait for a client that does not take what it was sent. It comes back and gets them then. */
const mostUnsentBytes = 8 * 1024 ** 2;
const retryMs = 1_000;

/**
 * One stream of server-sent events. It has only a position: whenever the client can take more, what came after it is
 * taken from the ring. So a slow client costs no memory but what is on its way.
 */
export class WatchStream implements Watcher {
  readonly kind = 'stream';
  #isBlocked = false;
  /** A resync that is on its way, piece by piece. */
  #resync: Iterator<Buffer | string> | undefined;
  /** While it is blocked: up to where the changes that wait were counted, and what they weigh. */
  #counted = 0;
  #unsentBytes = 0;

  /** `position`: the client knows everything up to this log index, -1 when it knows nothing. It may be ahead of the node. */
  constructor(
    private readonly source: StreamSource,
    private readonly response: ServerResponse,
    readonly credential: WatchCredential,
    private readonly keys: WatchedKeys,
    private position: number,
  ) {}

  begin(): void {
    this.#write(greeting(this.position, retryMs));
    this.wake();
  }

  wake(): void {
    if (this.#isOver) return;
    if (this.#isBlocked) return this.#countUnsent();
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      this.#write(frame);
      if (this.#isBlocked) return;
    }
  }

  beat(): void {
    this.wake();
    if (!this.#isBlocked && !this.#isOver) this.#write(heartbeat(this.position));
  }

  end(): void {
    // What waits for a client that does not read would keep the connection open.
    if (this.#isBlocked) this.response.destroy();
    else this.response.end();
  }

  get #isOver(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  #next(): Buffer | string | undefined {
    const piece = this.#resync?.next();
    if (piece && piece.done !== true) return piece.value;
    this.#resync = undefined;
    const { ring } = this.source;
    if (this.position < ring.floorOf(this.credential.projectId) || this.position < 0) return this.#beginResync();
    for (let event = this.#event(this.position); event; event = this.#event(this.position)) {
      this.position = event.index;
      const frame = this.source.frames.of(event, this.keys);
      if (frame) return frame;
    }
    this.position = Math.max(this.position, this.source.appliedIndex());
    return undefined;
  }

  #event(after: number): ChangesOfIndex | undefined {
    return this.source.ring.after(this.credential.projectId, after);
  }

  #beginResync(): Buffer | string | undefined {
    this.position = this.source.appliedIndex();
    this.#resync = resyncFrames(this.position, this.source.snapshot(this.credential.projectId, this.keys));
    return this.#next();
  }

  #write(frame: Buffer | string): void {
    // Past the response, which would gather what is written in one turn: there is one frame, and a thousand streams.
    const out = this.response.socket ?? this.response;
    if (out.write(frame)) return;
    this.#isBlocked = true;
    this.#counted = this.position;
    this.#unsentBytes = 0;
    out.once('drain', () => this.#onDrain());
  }

  #onDrain(): void {
    this.#isBlocked = false;
    if (this.source.mayTell(this.credential)) this.wake();
    else this.end();
  }

  #countUnsent(): void {
    for (let event = this.#event(this.#counted); event; event = this.#event(this.#counted)) {
      this.#counted = event.index;
      for (const { key, content } of event.changes)
        if (this.keys === null || this.keys.has(key)) this.#unsentBytes += key.length + (content?.length ?? 0);
    }
    if (this.#unsentBytes <= mostUnsentBytes) return;
    this.source.onCutOff();
    this.response.destroy();
  }
}
