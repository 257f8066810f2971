import type { IncomingMessage } from 'node:http';
import { compile } from 'proxy-addr';
import type { TrustProxy } from '../tls/trust-proxy';

type Trusts = (address: string, hop: number) => boolean;

/** What Express makes of the same setting. */
function trusts(trustProxy: Exclude<TrustProxy, false>): Trusts {
  if (typeof trustProxy === 'number') return (_address, hop) => hop < trustProxy;
  return compile([...trustProxy]);
}

/** Whether the client sent it over TLS: to this process, or to a proxy that is believed. As `request.secure` of Express. */
export function secureRequests(trustProxy: TrustProxy, isTls: boolean): (request: IncomingMessage) => boolean {
  if (trustProxy === false) return () => isTls;
  const isTrusted = trusts(trustProxy);
  return ({ headers, socket }) => {
    const told = headers['x-forwarded-proto'];
    if (told === undefined || !isTrusted(socket.remoteAddress ?? '', 0)) return isTls;
    return String(told).split(',', 1)[0]?.trim() === 'https';
  };
}
