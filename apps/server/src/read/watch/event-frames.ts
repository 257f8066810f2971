import { LRUCache } from 'lru-cache';
import { plainText } from '../prepared-answers';
import type { ChangesOfIndex, ConfigChange } from './change-ring';

const cacheBytes = 32 * 1024 ** 2;
const entryOverhead = 200;

/** The keys that a watcher asked for; null for all of the project. */
export type WatchedKeys = ReadonlySet<string> | null;

const changeText = ({ key, version, content }: ConfigChange): string =>
  content === null
    ? `{"key":${JSON.stringify(key)},"version":${version},"deleted":true}`
    : plainText({ key, version, content });

/** Canonical text has no line breaks, so each event is one line of data. */
function encode(index: number, changes: readonly ConfigChange[]): Buffer {
  const [first, ...others] = changes;
  const isOne = first !== undefined && others.length === 0;
  const data = isOne ? changeText(first) : `[${changes.map(changeText).join(',')}]`;
  return Buffer.from(`id: ${index}\nevent: ${isOne ? 'change' : 'changes'}\ndata: ${data}\n\n`);
}

/** The events as they are sent: encoded once, however many watch. */
export class EventFrames {
  readonly #whole = new LRUCache<ChangesOfIndex, Buffer>({
    maxSize: cacheBytes,
    sizeCalculation: ({ length }) => length + entryOverhead,
  });

  /** Undefined when nothing of it was asked for. */
  of(event: ChangesOfIndex, keys: WatchedKeys): Buffer | undefined {
    const { index, changes } = event;
    const wanted = keys === null ? changes : changes.filter(({ key }) => keys.has(key));
    if (wanted.length === 0) return undefined;
    if (wanted.length < changes.length) return encode(index, wanted);
    const kept = this.#whole.get(event);
    if (kept) return kept;
    const frame = encode(index, changes);
    this.#whole.set(event, frame);
    return frame;
  }
}

/** All values that are watched, as the read API shows them. */
export function* resyncFrames(index: number, snapshot: Iterable<Buffer | string>): Generator<Buffer | string> {
  yield `id: ${index}\nevent: resync\ndata: `;
  yield* snapshot;
  yield '\n\n';
}

/** Tells a client how to come back, and where it stands before anything has happened. */
export const greeting = (position: number, retryMs: number): string =>
  `: watching\nretry: ${retryMs}\n${position < 0 ? '' : `id: ${position}\n`}\n`;

/** A comment for those who count silence, and the position: nothing happened up to there. */
export const heartbeat = (position: number): string => `: still here\nid: ${position}\n\n`;
