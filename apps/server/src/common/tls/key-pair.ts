import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** Texts in PEM; `ca` where the other side shows a certificate too. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** When the first certificate of a chain expires, in milliseconds. */
export function expiryOf(chain: string): number {
  const dates = (chain.match(certificate) ?? []).map((text) => Date.parse(new X509Certificate(text).validTo));
  return Math.min(...dates);
}

/** Why it cannot be used, in words without any of its bytes; undefined when it can. */
export function faultOf({ cert, key, ca }: KeyPair): string | undefined {
  // OpenSSL takes an empty key for none, and then has nothing to answer with.
  if (key.trim() === '') return 'there is no key';
  try {
    // OpenSSL compares the key with the certificate.
    createSecureContext({ cert, key, ...(ca !== undefined && { ca }) });
    return [cert, ca ?? cert].every(isWhole) ? undefined : 'it holds no certificate, or half of one';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** OpenSSL takes authorities up to the first that it cannot read. */
export const isWhole = (chain: string): boolean =>
  Number.isFinite(expiryOf(chain)) &&
  chain.split('-----BEGIN CERTIFICATE').length - 1 === chain.match(certificate)?.length;
