import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anAuthority } from '../../../../../libs/raft-node/test/a-certificate';
import type { KeyPair } from './key-pair';
import { ReloadedKeyPair } from './reloaded-key-pair';

const authority = anAuthority('the cluster');
const host = '127.0.0.1';
const half = (text: string): string => text.slice(0, text.length / 2);

describe('a certificate with its key in files', () => {
  const first = authority.issue(host);
  const next = authority.issue(host);
  let directory: string;
  let reloaded: ReloadedKeyPair;
  let told: string[];
  let used: KeyPair[];

  const put = (part: string, text: string): void => {
    writeFileSync(join(directory, `.${part}`), text);
    renameSync(join(directory, `.${part}`), join(directory, part));
  };
  const putAll = (pair: Partial<KeyPair>): void => Object.entries(pair).forEach(([part, text]) => put(part, text));

  function read(missingMs?: number): ReloadedKeyPair {
    const part = (name: keyof KeyPair) => ({ text: first[name], file: join(directory, name) });
    const parts = { cert: part('cert'), key: part('key'), ca: part('ca') };
    const tell = (level: string) => (text: string) => void told.push(`${level} ${text}`);
    const pair = new ReloadedKeyPair('RAFT_TLS_CERT', parts, { info: tell('info'), error: tell('error') }, missingMs);
    pair.onChange((taken) => used.push(taken));
    return pair;
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'key-pair-'));
    [told, used] = [[], []];
    putAll(first);
    reloaded = read();
  });

  afterEach(() => {
    reloaded.stop();
    rmSync(directory, { recursive: true });
  });

  it('is taken when it is replaced, and nothing is told while it is the same', async () => {
    await reloaded.reload();
    expect([told, used]).toEqual([[], []]);
    putAll(authority.issue(host, { until: '20980101000000Z' }));
    await reloaded.reload();
    expect(used).toHaveLength(1);
    expect(reloaded.current).toBe(used[0]);
    expect(reloaded.expiresAt).toBe(Date.parse('2098-01-01T00:00:00Z'));
    expect(told).toEqual(['info RAFT_TLS_CERT: a new certificate is used, good until 2098-01-01T00:00:00.000Z']);
  });

  it('is taken with another authority, and with two', async () => {
    const other = anAuthority('the next one');
    put('ca', first.ca + other.ca);
    await reloaded.reload();
    putAll(other.issue(host));
    await reloaded.reload();
    expect(used.map(({ ca }) => ca)).toEqual([first.ca + other.ca, other.ca]);
  });

  it.each<[string, Partial<KeyPair>]>([
    ['an expired certificate', authority.issue(host, { until: '20210101000000Z' })],
    ['a certificate without its key', { cert: next.cert }],
    ['a key without its certificate', { key: next.key }],
    ['an empty certificate', { cert: '' }],
    ['an empty key', { key: '' }],
    ['an empty authority', { ca: '' }],
    ['a line end for a key', { key: '\n' }],
    ['half a certificate', { cert: half(next.cert), key: next.key }],
    ['half a key', { cert: next.cert, key: half(next.key) }],
    ['half an authority', { ca: half(anAuthority('x').ca) }],
    ['two authorities, of which one is cut off', { ca: first.ca + half(anAuthority('x').ca) }],
    ['a chain that is cut off', { cert: first.cert + half(authority.ca) }],
    ['something else', { cert: '{"no": "certificate"}', key: 'nor key' }],
  ])('stays when it is replaced by %s, which is an error that is told once', async (_what, pair) => {
    const before = reloaded.current;
    putAll(pair);
    await reloaded.reload();
    await reloaded.reload();
    expect(reloaded.current).toBe(before);
    expect([used, reloaded.isRefused]).toEqual([[], true]);
    expect(told).toEqual([expect.stringMatching(/^error RAFT_TLS_CERT: .+ cannot be used \(.+\); the old ones stay$/)]);
    expect(told.join()).not.toMatch(/BEGIN|no": "cert/);
    // Half of it was written, and here is the rest.
    putAll(next);
    await reloaded.reload();
    expect([reloaded.current, reloaded.isRefused]).toEqual([next, false]);
    expect(told[1]).toMatch(/^info /);
  });

  it('is as it was when the old files come back, and an error again when the bad ones do', async () => {
    for (const key of [next.key, first.key, next.key]) {
      put('key', key);
      await reloaded.reload();
      expect(reloaded.isRefused).toBe(key === next.key);
    }
    expect(told).toHaveLength(2);
    expect(used).toEqual([]);
  });

  it('waits for a file that is on its way, and is an error when it does not come', async () => {
    unlinkSync(join(directory, 'key'));
    await reloaded.reload();
    await reloaded.reload();
    expect([told, reloaded.isRefused]).toEqual([[], false]);
    reloaded = read(0);
    await reloaded.reload();
    await reloaded.reload();
    expect(reloaded.isRefused).toBe(true);
    expect(told).toEqual([expect.stringMatching(/^error .*\(ENOENT .*key\); the old ones stay$/)]);
    put('key', first.key);
    await reloaded.reload();
    expect(reloaded.isRefused).toBe(false);
  });

  it('is seen by itself', async () => {
    reloaded.start();
    putAll(next);
    const deadline = performance.now() + 9_000;
    while (used.length === 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reloaded.current).toEqual(next);
  });
});
