import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anAuthority } from '../../../../libs/raft-node/test/a-certificate';
import { parseEnvironment } from './env';

describe('a secret in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'setting-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['ends with a line', 'a secret of the cluster\n'],
    ['ends with a line of Windows', 'a secret of the cluster\r\n'],
    ['begins with a mark of its encoding', '\ufeffa secret of the cluster'],
  ])('that %s is the text alone', (_what, text) => {
    const file = join(directory, 'secret');
    writeFileSync(file, text);
    expect(parseEnvironment({ CLUSTER_SECRET_FILE: file }).clusterSecrets).toEqual(['a secret of the cluster']);
  });
});

describe('origins', () => {
  it.each(['https://*.example.com', 'https://console.example.com/', 'console.example.com', 'null'])(
    'such as %s are refused, because no browser would match them',
    (origin) => {
      expect(() => parseEnvironment({ CORS_ORIGINS: origin })).toThrow(/^CORS_ORIGINS: got .*; it takes/);
    },
  );

  it('are taken as browsers send them', () => {
    expect(parseEnvironment({ CORS_ORIGINS: 'https://a.example.com, http://b:8080' }).corsOrigins).toEqual([
      'https://a.example.com',
      'http://b:8080',
    ]);
  });
});

describe('the authority of Redis', () => {
  const REDIS_URL = 'rediss://127.0.0.1:6379';
  const { ca, issue } = anAuthority('redis');

  it('is a certificate, whole', () => {
    expect(parseEnvironment({ REDIS_URL, REDIS_TLS_CA: ca }).redisTlsCa).toBe(ca);
    for (const wrong of [issue('redis').key, ca + ca.slice(0, 100)])
      expect(() => parseEnvironment({ REDIS_URL, REDIS_TLS_CA: wrong })).toThrow(
        /^REDIS_TLS_CA: got what cannot be used/,
      );
  });
});
