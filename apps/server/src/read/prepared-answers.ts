import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ConfigEntity } from '../configs/config.entity';

/** What is sent, made once: the ETag and the bytes. */
export interface PreparedAnswer {
  readonly etag: string;
  readonly body: Buffer;
}

export type Representation = 'plain' | 'raw';

const mebibyte = 1024 ** 2;
const cacheBytes = 64 * mebibyte;
/** Larger snapshots are sent piece by piece and not kept. */
const largestSnapshot = 8 * mebibyte;
const entryOverhead = 300;

const bounded = <Key extends object>() =>
  new LRUCache<Key, PreparedAnswer>({
    maxSize: cacheBytes,
    sizeCalculation: ({ body }) => body.length + entryOverhead,
  });

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
  readonly #configs: Readonly<Record<Representation, LRUCache<ConfigEntity, PreparedAnswer>>> = {
    plain: bounded(),
    raw: bounded(),
  };

  readonly #snapshots = bounded<object>();

  config(row: ConfigEntity, representation: Representation): PreparedAnswer {
    const cache = this.#configs[representation];
    const kept = cache.get(row);
    if (kept) return kept;
    const answer =
      representation === 'raw'
        ? { etag: `"${row.modIndex}-raw"`, body: Buffer.from(row.content) }
        : { etag: `"${row.modIndex}"`, body: Buffer.from(plainText(row)) };
    cache.set(row, answer);
    return answer;
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
    const answer = { etag, body: Buffer.from([...snapshotText(index, all)].join('')) };
    this.#snapshots.set(edition, answer);
    return answer;
  }
}
