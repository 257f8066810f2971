import type { IncomingMessage } from 'node:http';
import { parseEnvironment } from '../../common/env';
import { fastReadSettings, PlainRequests } from './plain-requests';

const proxied = (proto: string | undefined, remoteAddress = '127.0.0.1') =>
  ({
    headers: { host: 'x', ...(proto !== undefined && { 'x-forwarded-proto': proto }) },
    rawHeaders: ['Host', 'x'],
    httpVersion: '1.1',
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

const plain = (variables: Readonly<Record<string, string>>) =>
  new PlainRequests(fastReadSettings(parseEnvironment(variables)));

describe('a request that comes over a proxy', () => {
  const names = (of: PlainRequests, request: IncomingMessage) => of.headersFor(request).map(([name]) => name);
  const secured = 'Strict-Transport-Security';

  it.each([
    ['https', 'true', true],
    ['https', '1', true],
    ['https', 'loopback', true],
    ['https, http', '127.0.0.0/8', true],
    ['http, https', 'loopback', false],
    ['https', '192.0.2.1', false],
    ['https', 'false', false],
    [undefined, 'true', false],
  ])('with X-Forwarded-Proto %s and TRUST_PROXY=%s: HTTPS is %s', (proto, trustProxy, isSecure) => {
    const requests = plain({ TRUST_PROXY: trustProxy });
    expect(requests.isSecure(proxied(proto))).toBe(isSecure);
    expect(names(requests, proxied(proto)).includes(secured)).toBe(isSecure);
    expect(requests.has(proxied(proto))).toBe(true);
  });

  it('is for the routes, which refuse it, where HTTPS is required and was not used', () => {
    const requests = plain({ TRUST_PROXY: 'loopback', REQUIRE_HTTPS: 'true' });
    expect(requests.has(proxied('https'))).toBe(true);
    expect(requests.has(proxied('http'))).toBe(false);
    expect(requests.has(proxied(undefined))).toBe(false);
    expect(requests.has(proxied('https', '192.0.2.1'))).toBe(false);
  });
});
