import type { IncomingMessage } from 'node:http';
import type { Environment } from '../../common/env';
import { namesOneHost } from '../../common/http/host-header';
import { secureRequests } from '../../common/http/secure-requests';
import { headersOverTls, plainHeaders } from '../../common/http/security-headers.middleware';

/** The settings that decide what can be answered before Express. */
export type FastReadSettings = Pick<Environment, 'trustProxy' | 'corsOrigins' | 'requireHttps'> & {
  /** Whether clients are answered over TLS, and by this node. */
  readonly isTls: boolean;
};

export const fastReadSettings = ({
  trustProxy,
  corsOrigins,
  requireHttps,
  tlsCert,
}: Pick<Environment, 'trustProxy' | 'corsOrigins' | 'requireHttps' | 'tlsCert'>): FastReadSettings => ({
  ...{ trustProxy, corsOrigins, requireHttps },
  isTls: tlsCert !== null,
});

/** Requests that need nothing of what only the middlewares know. */
export class PlainRequests {
  /** What the answers of the read API depend on, for caches. */
  readonly vary: string;
  /** Whether the client sent it over TLS. */
  readonly isSecure: (request: IncomingMessage) => boolean;
  readonly #mayHaveOrigin: boolean;

  constructor(private readonly settings: FastReadSettings) {
    const { trustProxy, corsOrigins, isTls } = settings;
    this.isSecure = secureRequests(trustProxy, isTls);
    this.#mayHaveOrigin = corsOrigins === null;
    this.vary = corsOrigins === null || corsOrigins.includes('*') ? 'X-API-Key' : 'Origin, X-API-Key';
  }

  has(request: IncomingMessage): boolean {
    const { headers } = request;
    if (headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined) return false;
    if (!namesOneHost(request) || (this.settings.requireHttps && !this.isSecure(request))) return false;
    return this.#mayHaveOrigin || headers.origin === undefined;
  }

  /** On every answer to it. */
  headersFor(request: IncomingMessage): typeof plainHeaders {
    return this.isSecure(request) ? headersOverTls : plainHeaders;
  }
}
