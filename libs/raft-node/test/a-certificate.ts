import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** X.509 certificates for tests, made with nothing but Node: DER is tag, length, content (ITU-T X.690). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
const [COMMON_NAME, BASIC_CONSTRAINTS, SUBJECT_ALT_NAME] = ['550403', '551d13', '551d11'];
const TRUE = der(0x01, Buffer.from([0xff]));

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId(COMMON_NAME!), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [TRUE] : []), der(0x04, value));
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

const always = '20991231235959Z';

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly until?: string;
}

function certificate(
  { name: subject, publicKey, until = always }: Subject,
  issuer: Issuer,
  extensions: readonly Buffer[],
): string {
  const validity = sequence(...['20200101000000Z', until].map((time) => der(0x18, Buffer.from(time))));
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const body = sequence(
    ...[version3, serial, ECDSA_WITH_SHA256, nameOf(issuer.name), validity, nameOf(subject)],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signed = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, issuer.key)));
  return `-----BEGIN CERTIFICATE-----\n${signed
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A certificate authority; `issue` gives what a transport takes. */
export function anAuthority(name: string) {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name, key: authority.privateKey };
  const { publicKey } = authority;
  const ca = certificate({ name, publicKey }, issuer, [extension(BASIC_CONSTRAINTS!, true, sequence(TRUE))]);
  /** `until`: when it expires, such as 20201231235959Z. */
  const issue = (host: string, { until }: { readonly until?: string } = {}) => {
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const address = host.split('.').map(Number);
    const isAddress = address.length === 4 && address.every(Number.isInteger);
    const alternative = isAddress ? der(0x87, Buffer.from(address)) : der(0x82, Buffer.from(host));
    const extensions = [extension(SUBJECT_ALT_NAME!, false, sequence(alternative))];
    const subject = { name: `${host} of ${name}`, publicKey: own.publicKey, until };
    const cert = certificate(subject, issuer, extensions);
    return { cert, key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, ca };
  };
  return { ca, issue };
}
