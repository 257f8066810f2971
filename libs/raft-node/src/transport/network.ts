import { connect as connectPlain } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { isIP } from 'node:net';
import type { Address } from './address';

/** PEM texts. Both sides show a certificate and check the other's against `ca`; the dialler the host name too. */
export interface TransportTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const KEEP_ALIVE_MS = 10_000;
export const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS } as const;

export function tlsServerOptions(tls: TransportTls, handshakeMs: number): TlsOptions {
  return {
    ...tls,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeMs,
  };
}

/** Opens a connection; the name is resolved anew each time. `connected` says when the first byte may be sent. */
export function openSocket(
  { host, port }: Address,
  tls: TransportTls | undefined,
  lookup: LookupFunction | undefined,
  connected: () => void,
): Socket {
  if (tls === undefined) return connectPlain({ ...SOCKET_OPTIONS, host, port, lookup }, connected);
  // A server name must not be an address (RFC 6066); the certificate is checked against `host` in either case.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const options = {
    ...tls,
    ...servername,
    host,
    port,
    lookup,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
  } as const;
  const socket = connectTls(options, connected);
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
}
