import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ConfigEntity } from '../configs/config.entity';
import { CompressedBodies } from './compression/compressed-bodies';
import { Compressor } from './compression/compressor';

/** What is sent, made once: the ETag of the plain bytes, and the bytes; compressed once somebody asks for it. */
export interface PreparedAnswer {
  readonly etag: string;
  readonly body: Buffer;
  readonly compressed: CompressedBodies;
}

/** What an answer is made of. */
export type ServedConfig = Pick<ConfigEntity, 'key' | 'version' | 'content' | 'modIndex'>;

export type Representation = 'plain' | 'raw';

const mebibyte = 1024 ** 2;
const cacheBytes = 64 * mebibyte;
/** Larger snapshots are sent piece by piece and not kept. */
const largestSnapshot = 8 * mebibyte;
const entryOverhead = 300;

/** Bounded by bytes, the compressed ones included. */
class AnswersOf<Key extends object> {
  readonly #kept = new LRUCache<Key, PreparedAnswer>({
    maxSize: cacheBytes,
    sizeCalculation: ({ body, compressed }) => body.length + compressed.bytes + entryOverhead,
  });

  constructor(private readonly compressor: Compressor) {}

  get(key: Key): PreparedAnswer | undefined {
    return this.#kept.get(key);
  }

  add(key: Key, etag: string, text: string): PreparedAnswer {
    const body = Buffer.from(text);
    const grown = (): void => {
      // It is weighed anew only as a new entry.
      if (this.#kept.peek(key)?.body === body) this.#kept.set(key, { ...answer });
    };
    const answer = { etag, body, compressed: new CompressedBodies(body, this.compressor, grown) };
    this.#kept.set(key, answer);
    return answer;
  }
}

/** The content is the canonical text already; only the members around it are written here. */
export const plainText = ({ key, version, content }: Pick<ConfigEntity, 'key' | 'version' | 'content'>): string =>
  `{"key":${JSON.stringify(key)},"version":${version},"content":${content}}`;

/** The text of a snapshot in pieces, none of which is longer than one config. */
export function* snapshotText(index: number, rows: readonly ConfigEntity[]): Generator<string> {
  yield `{"index":${index},"items":[`;
  for (const [place, row] of rows.entries()) yield place === 0 ? plainText(row) : `,${plainText(row)}`;
  yield ']}';
}

/**
 * Answers by the identity of what they are made of: a row is never changed, a new version is a new row, so nothing here
 * can be out of date. What is gone from the state leaves with the bound.
 */
@Injectable()
export class PreparedAnswers {
  readonly #compressor = new Compressor();

  readonly #configs: Readonly<Record<Representation, AnswersOf<ServedConfig>>> = {
    plain: new AnswersOf(this.#compressor),
    raw: new AnswersOf(this.#compressor),
  };

  readonly #snapshots = new AnswersOf<object>(this.#compressor);

  config(row: ServedConfig, representation: Representation): PreparedAnswer {
    const cache = this.#configs[representation];
    const kept = cache.get(row);
    if (kept) return kept;
    return representation === 'raw'
      ? cache.add(row, `"${row.modIndex}-raw"`, row.content)
      : cache.add(row, `"${row.modIndex}"`, plainText(row));
  }

  /** The snapshot of one edition of a project, if somebody has asked for it. */
  heldSnapshot(edition: object): PreparedAnswer | undefined {
    return this.#snapshots.get(edition);
  }

  /** The snapshot of one edition of a project, or undefined when it is too large to be held as a whole. */
  snapshot(
    edition: object,
    etag: string,
    index: number,
    rows: () => readonly ConfigEntity[],
  ): PreparedAnswer | undefined {
    const kept = this.#snapshots.get(edition);
    if (kept) return kept;
    const all = rows();
    if (all.reduce((characters, row) => characters + row.content.length, 0) > largestSnapshot) return undefined;
    return this.#snapshots.add(edition, etag, [...snapshotText(index, all)].join(''));
  }
}
