import type { ServerResponse } from 'node:http';
import { Rejected } from '../common/rejected';
import type { Allowance } from './request-limit';

/** At least one, because it is what a client waits. */
export const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

export const rateLimited = (resetMs: number): Rejected =>
  new Rejected('rate-limited', { detail: 'Too many requests in this minute.', retryAfterSeconds: seconds(resetMs) });

/** The names that clients know from the IETF draft, in its form of one header for each number. */
export const allowanceHeaders = ({ limit, used, resetMs }: Omit<Allowance, 'isAllowed'>) =>
  [
    ['RateLimit-Limit', String(limit)],
    ['RateLimit-Remaining', String(Math.max(0, limit - used))],
    ['RateLimit-Reset', String(seconds(resetMs))],
  ] as const;

export function tellAllowance(
  response: Pick<ServerResponse, 'setHeader'>,
  allowance: Omit<Allowance, 'isAllowed'>,
): void {
  for (const [name, value] of allowanceHeaders(allowance)) response.setHeader(name, value);
}
