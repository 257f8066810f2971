import { setImmediate as turn } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { acceptedCodings } from './accepted-codings';
import { CompressedBodies } from './compressed-bodies';
import { Compressor } from './compressor';
import { compressedFrom, representationInTime, representationNow } from './representation';

let grown: number;

function anAnswer(body: Buffer, compressor = new Compressor()) {
  return { etag: '"7"', body, compressed: new CompressedBodies(body, compressor, () => grown++) };
}

const large = Buffer.from('x'.repeat(compressedFrom));
const now = (answer: ReturnType<typeof anAnswer>, header: string) => representationNow(answer, acceptedCodings(header));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

beforeEach(() => (grown = 0));

describe('the representation that is sent', () => {
  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ] as const)('for %s: the plain bytes until %s is ready, which is made once', async (header, coding, unpack) => {
    const compressor = new Compressor();
    const compress = jest.spyOn(compressor, 'compress');
    const answer = anAnswer(large, compressor);
    expect(now(answer, header)).toEqual({ etag: '"7"', coding: null, body: large });
    expect(now(answer, header)?.coding).toBeNull();
    await until(() => now(answer, header)?.coding === coding);
    const { etag, body } = now(answer, header) ?? {};
    expect(etag).toBe(`"7-${coding}"`);
    expect(unpack(body ?? '')).toEqual(large);
    expect(now(answer, header)?.body).toBe(body);
    expect(compress).toHaveBeenCalledTimes(1);
    expect([grown, answer.compressed.bytes]).toEqual([1, body?.length]);
  });

  it('is another coding that the caller takes while the best one is not ready', async () => {
    const answer = anAnswer(large);
    await answer.compressed.make('gzip');
    expect(now(answer, 'br, gzip')?.coding).toBe('gzip');
    await until(() => now(answer, 'br, gzip')?.coding === 'br');
  });

  it('is the plain bytes for small bodies, and for who does not ask', () => {
    const small = anAnswer(large.subarray(1));
    for (const header of ['br, gzip', 'deflate', '']) {
      expect(now(small, header)?.coding).toBeNull();
      expect(small.compressed.bytes).toBe(0);
    }
    expect(representationNow(anAnswer(large), acceptedCodings(undefined))?.coding).toBeNull();
  });

  it('is the plain bytes where compressing saves nothing, found once', async () => {
    const compressor = new Compressor();
    const compress = jest.spyOn(compressor, 'compress');
    const noise = anAnswer(randomBytes(2_000), compressor);
    expect(now(noise, 'gzip')?.coding).toBeNull();
    await until(() => noise.compressed.get('gzip') !== undefined);
    expect(now(noise, 'gzip')?.coding).toBeNull();
    expect(compress).toHaveBeenCalledTimes(1);
  });

  it.each([large, large.subarray(1), randomBytes(10)])('waits for who refuses the plain bytes (%#)', async (body) => {
    const answer = anAnswer(body);
    const accepted = acceptedCodings('gzip, identity;q=0');
    expect(representationNow(answer, accepted)).toBeUndefined();
    const sent = await representationInTime(answer, accepted);
    expect(sent).toMatchObject({ etag: '"7-gzip"', coding: 'gzip' });
    expect(gunzipSync(sent.body)).toEqual(body);
    expect(representationNow(answer, accepted)).toEqual(sent);
  });

  it.each(['*;q=0', 'identity;q=0', 'zstd, *;q=0'])('is the plain bytes for who takes nothing: %s', (header) => {
    expect(now(anAnswer(large), header)).toEqual({ etag: '"7"', coding: null, body: large });
  });
});

describe('the compressor', () => {
  it('makes one body at a time, and those who find it busy go on without', async () => {
    const compressor = new Compressor();
    const [one, other] = [anAnswer(large, compressor), anAnswer(large, compressor)];
    now(one, 'gzip');
    expect(compressor.isBusy).toBe(true);
    now(other, 'gzip');
    await until(() => !compressor.isBusy);
    expect(one.compressed.bytes).toBeGreaterThan(0);
    expect(other.compressed.bytes).toBe(0);
    now(other, 'gzip');
    await until(() => other.compressed.bytes > 0);
  });

  it('goes on after one that failed', async () => {
    const compressor = new Compressor();
    const failed = compressor.compress(7 as unknown as Buffer, 'gzip');
    await expect(failed).rejects.toThrow();
    expect(gunzipSync(await compressor.compress(large, 'gzip'))).toEqual(large);
    expect(compressor.isBusy).toBe(false);
  });
});
