import type { IncomingMessage } from 'node:http';
import type { Environment } from '../../common/env';
import { namesOneHost } from '../../common/http/host-header';
import { headersOverTls, plainHeaders } from '../../common/http/security-headers.middleware';

/** The settings that decide what can be answered before Express. */
export type FastReadSettings = Pick<Environment, 'rateLimitRead' | 'trustProxy' | 'corsOrigins' | 'requireHttps'> & {
  /** Whether clients are answered over TLS, and by this node. */
  readonly isTls: boolean;
};

export const fastReadSettings = ({
  rateLimitRead,
  trustProxy,
  corsOrigins,
  requireHttps,
  tlsCert,
}: Environment): FastReadSettings => ({
  ...{ rateLimitRead, trustProxy, corsOrigins, requireHttps },
  isTls: tlsCert !== null,
});

/** Requests that need nothing of what only the middlewares know. */
export class PlainRequests {
  /** What is counted, or told by a proxy, is for the middlewares. */
  readonly areAny: boolean;
  /** What the answers of the read API depend on, for caches. */
  readonly vary: string;
  /** On every answer. */
  readonly headers: typeof plainHeaders;
  readonly #mayHaveOrigin: boolean;

  constructor({ rateLimitRead, trustProxy, corsOrigins, requireHttps, isTls }: FastReadSettings) {
    this.areAny = rateLimitRead === null && trustProxy === false && (isTls || !requireHttps);
    this.headers = isTls ? headersOverTls : plainHeaders;
    this.#mayHaveOrigin = corsOrigins === null;
    this.vary = corsOrigins === null || corsOrigins.includes('*') ? 'X-API-Key' : 'Origin, X-API-Key';
  }

  has(request: IncomingMessage): boolean {
    const { headers } = request;
    if (headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined) return false;
    if (!namesOneHost(request)) return false;
    return this.#mayHaveOrigin || headers.origin === undefined;
  }
}
