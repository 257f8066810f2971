import { createSecureContext } from 'node:tls';
import { parsePem } from './pem';
import { isWhole } from './tls/key-pair';
import { WrongSetting } from './setting';
import type { ValuesOf } from './setting-kinds';
import { optional, required, yesNo } from './setting-kinds';

function parseRedisUrl(value: string): string | undefined {
  if (!/^rediss?:\/\//.test(value) || !URL.canParse(value)) return undefined;
  const { hostname, pathname, search, hash } = new URL(value);
  return hostname !== '' && /^(\/(\d{1,4})?)?$/.test(pathname) && search === '' && hash === '' ? value : undefined;
}

/** What lies outside of the node and may be away at any time. */
export const redisSettings = {
  redisUrl: optional({
    name: 'REDIS_URL',
    takes: 'redis://user:password@host:6379/0, or rediss:// for TLS, without a query',
    parse: parseRedisUrl,
    secret: true,
    meaning: 'A Redis through which the nodes share their limits of requests; away, each node limits by itself.',
  }),
  redisTlsCa: optional({
    name: 'REDIS_TLS_CA',
    takes: 'one or more certificates in PEM, or the path of a file that holds them',
    parse: parsePem,
    meaning: 'The authorities that the certificate of Redis is checked against; without it those that Node trusts.',
  }),
  redisMirror: required({
    name: 'REDIS_MIRROR',
    fallback: 'false',
    ...yesNo,
    meaning: 'Whether the configs are copied to Redis, for software that reads them there. They may hold secrets.',
  }),
} as const;

/** What one variable cannot see. */
export function requireRedis({ redisUrl, redisTlsCa, redisMirror }: ValuesOf<typeof redisSettings>): void {
  if (redisMirror && redisUrl === null)
    throw new WrongSetting('REDIS_MIRROR', 'true without REDIS_URL', 'both of them');
  if (redisTlsCa === null) return;
  if (!redisUrl?.startsWith('rediss:'))
    throw new WrongSetting('REDIS_TLS_CA', 'a value', 'one only beside a REDIS_URL that begins with rediss://');
  try {
    createSecureContext({ ca: redisTlsCa });
    // OpenSSL takes a key, and half a certificate, for no authority.
    if (!isWhole(redisTlsCa)) throw new Error('it holds no certificate, or half of one');
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new WrongSetting('REDIS_TLS_CA', `what cannot be used (${reason})`, redisSettings.redisTlsCa.takes);
  }
}
