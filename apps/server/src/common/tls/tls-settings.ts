import { WrongSetting } from '../setting';
import type { ValuesOf } from '../setting-kinds';
import { optional, required, yesNo } from '../setting-kinds';
import type { KeyPair } from './key-pair';
import { faultOf } from './key-pair';
import type { Pem } from './pem';
import { pem } from './pem';
import { parseTrustProxy } from './trust-proxy';

/** How clients reach the API. */
export const tlsSettings = {
  tlsCert: optional({
    name: 'TLS_CERT',
    ...pem('a certificate, with those between it and the authority behind it,'),
    meaning: 'The API speaks HTTPS with it, TLS 1.2 and later; with TLS_KEY. A file is read again when it changes.',
  }),
  tlsKey: optional({
    name: 'TLS_KEY',
    ...pem('the private key of TLS_CERT'),
    secret: true,
    meaning: 'Its private key.',
  }),
  adminTlsCa: optional({
    name: 'ADMIN_TLS_CA',
    ...pem('one or more certificates'),
    meaning:
      'Whoever logs in or uses the admin API shows a certificate of one of these authorities besides (403 client-certificate-required); reads, watches, probes and metrics need none. With TLS_CERT, and without READ_WORKERS.',
  }),
  requireHttps: required({
    name: 'REQUIRE_HTTPS',
    fallback: 'false',
    ...yesNo,
    meaning:
      'Whether what a client asked a proxy over plain HTTP is refused (403 https-required); needs TRUST_PROXY or TLS_CERT. Probes and metrics are answered.',
  }),
  trustProxy: required({
    name: 'TRUST_PROXY',
    fallback: 'false',
    takes:
      'false, true for the nearest one, how many there are, or a comma list of addresses, networks such as 10.0.0.0/8, loopback, linklocal and uniquelocal',
    parse: parseTrustProxy,
    meaning: 'The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
  }),
} as const;

type TlsEnvironment = ValuesOf<typeof tlsSettings>;

type Parts = { readonly [Part in keyof KeyPair]: Pem };

/** Refuses the boot when certificate and key do not fit. */
export function requireUsable(name: string, { cert, key, ca }: Parts, takes: string): void {
  const fault = faultOf({ cert: cert.text, key: key.text, ...(ca && { ca: ca.text }) });
  if (fault !== undefined) throw new WrongSetting(name, `what cannot be used (${fault})`, takes);
}

export function requireWholeHttps(environment: TlsEnvironment & { readonly readWorkers: number }): void {
  const { tlsCert: cert, tlsKey: key, adminTlsCa, readWorkers, requireHttps, trustProxy } = environment;
  if (cert === null && key !== null) throw new WrongSetting('TLS_CERT', 'no value beside TLS_KEY', 'both, or none');
  if (cert !== null && key === null) throw new WrongSetting('TLS_KEY', 'no value beside TLS_CERT', 'both, or none');
  if (cert !== null && key !== null) requireUsable('TLS_CERT', { cert, key }, 'a certificate with its TLS_KEY');
  if (adminTlsCa !== null && (cert === null || readWorkers > 0))
    throw new WrongSetting(
      'ADMIN_TLS_CA',
      cert === null ? 'a value without TLS_CERT' : 'a value beside READ_WORKERS',
      'certificates of authorities only where the node itself speaks HTTPS, without READ_WORKERS',
    );
  if (cert !== null && key !== null && adminTlsCa !== null)
    requireUsable('ADMIN_TLS_CA', { cert, key, ca: adminTlsCa }, 'one or more certificates of authorities in PEM');
  if (requireHttps && cert === null && trustProxy === false)
    throw new WrongSetting(
      'REQUIRE_HTTPS',
      '"true" without TLS_CERT or TRUST_PROXY',
      'true only where HTTPS is spoken: by this node, or by a proxy that is trusted',
    );
}
