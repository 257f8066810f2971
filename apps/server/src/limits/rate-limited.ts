import type { ServerResponse } from 'node:http';
import { Rejected } from '../common/rejected';
import type { Allowance } from './request-limit';

/** At least one, because it is what a client waits. */
export const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

export const rateLimited = (resetMs: number): Rejected =>
  new Rejected('rate-limited', { detail: 'Too many requests in this minute.', retryAfterSeconds: seconds(resetMs) });

/** The names that clients know from the IETF draft, in its form of one header for each number. */
export function tellAllowance(
  response: Pick<ServerResponse, 'setHeader'>,
  { limit, used, resetMs }: Omit<Allowance, 'isAllowed'>,
): void {
  response.setHeader('RateLimit-Limit', String(limit));
  response.setHeader('RateLimit-Remaining', String(Math.max(0, limit - used)));
  response.setHeader('RateLimit-Reset', String(seconds(resetMs)));
}
