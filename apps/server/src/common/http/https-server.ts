import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { KeyPair } from '../tls/key-pair';

/** As long as for the headers of a request. */
const handshakeTimeout = 10_000;

/** With authorities, clients are asked for a certificate and may have none: it is judged where it is needed. */
export function httpsOptions({ cert, key, ca }: KeyPair) {
  const asking = ca !== undefined && ({ ca, requestCert: true, rejectUnauthorized: false } as const);
  return { cert, key, minVersion: 'TLSv1.2', handshakeTimeout, ...asking } as const;
}

/** New connections are shown the new certificate; those that are open go on. */
export function showCertificate(server: Server, pair: KeyPair): void {
  (server as HttpsServer).setSecureContext(httpsOptions(pair));
}

/** Whoever has not agreed on TLS understands no answer. */
export function hangUpWithoutTls(server: Server): void {
  server.prependListener('tlsClientError', (_error: Error, socket: { destroy(): void }) => socket.destroy());
}
