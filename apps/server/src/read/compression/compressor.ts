import { promisify } from 'node:util';
import type { Transform } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { Coding } from './accepted-codings';

const brotli = (quality: number) => ({ params: { [constants.BROTLI_PARAM_QUALITY]: quality } });

/** Beyond these the bytes hardly become fewer and the time grows a lot. */
const thorough = { br: brotli(5), gzip: { level: 6 } } as const;
const hasty = { br: brotli(1), gzip: { level: 1 } } as const;

const [gzipped, brotlied] = [promisify(gzip), promisify(brotliCompress)];

const inOne: Readonly<Record<Coding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) => brotlied(body, thorough.br),
  gzip: (body) => gzipped(body, thorough.gzip),
};

/** For what is not kept: each caller pays for it again. */
export const compressing = (coding: Coding): Transform =>
  coding === 'br' ? createBrotliCompress(hasty.br) : createGzip(hasty.gzip);

/**
 * Compresses in zlib's threads, one body at a time: the log syncs its file in the same few threads, and a read that
 * waits for a smaller body is no reason to hold up a write.
 */
export class Compressor {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  compress(body: Buffer, coding: Coding): Promise<Buffer> {
    this.#waiting++;
    const made = this.#last.then(() => inOne[coding](body)).finally(() => this.#waiting--);
    this.#last = made.catch(() => undefined);
    return made;
  }
}
