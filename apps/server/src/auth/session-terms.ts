import type { Environment } from '../common/env';
import { reject } from '../common/rejected';
import type { RefreshFamilyEntity } from '../users/refresh-family.entity';

const minuteMs = 60_000;
const strictIdleMs = 30 * minuteMs;
const strictLifetimeMs = 12 * 60 * minuteMs;

type Terms = Pick<Environment, 'refreshTokenTtlMs' | 'authRules'>;

/** How long a login, begun or renewed at this moment, lasts without another renewal. Rejects `token-expired`. */
export function sessionTtlMs(
  { refreshTokenTtlMs, authRules }: Terms,
  renewed?: Pick<RefreshFamilyEntity, 'createdAt'>,
): number {
  if (authRules === 'standard') return refreshTokenTtlMs;
  const ttlMs = Math.min(refreshTokenTtlMs, strictIdleMs);
  if (!renewed) return ttlMs;
  const leftMs = Date.parse(renewed.createdAt) + strictLifetimeMs - Date.now();
  return leftMs > 0 ? Math.min(ttlMs, leftMs) : reject('token-expired', 'This login is over: log in again.');
}
