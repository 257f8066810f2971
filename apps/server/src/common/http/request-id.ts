import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { holdsCredential } from './redacted-path';

const saneRequestId = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

export const header = (request: Pick<IncomingMessage, 'headers'>, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
};

/** The caller's own, when it may stand in a log and in the audit trail, or a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = header(request, 'x-request-id');
  return given !== null && saneRequestId.test(given) && !holdsCredential(given) ? given : randomUUID();
}
