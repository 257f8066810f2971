import express from 'express';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import request from 'supertest';
import { securityHeaders } from './security-headers.middleware';

interface Way {
  readonly trustProxy?: number;
  readonly proto?: string;
}

async function headersWith(middleware: RequestHandler, { trustProxy, proto }: Way = {}) {
  const app = express()
    .disable('x-powered-by')
    .set('trust proxy', trustProxy ?? false)
    .use(middleware, (_request, response) => void response.end());
  const asked = request(app).get('/');
  if (proto !== undefined) asked.set('X-Forwarded-Proto', proto);
  const { date: _date, ...headers } = (await asked).headers as Record<string, string>;
  return headers;
}

describe('the security headers', () => {
  it("are those of helmet, but for a policy that lets the documentation's own page run", async () => {
    const overHttps = { trustProxy: 1, proto: 'https' };
    const { 'content-security-policy': ours, ...rest } = await headersWith(securityHeaders(), overHttps);
    const { 'content-security-policy': helmets, ...others } = await headersWith(helmet(), overHttps);
    expect(rest).toEqual(others);
    expect(rest).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(ours?.split(';').sort()).toEqual(
      helmets
        ?.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
        .replace(';upgrade-insecure-requests', '')
        .split(';')
        .sort(),
    );
  });

  const ways: readonly (readonly [string, Way, boolean])[] = [
    ['over HTTP', {}, false],
    ['over HTTP, though the client says HTTPS and no proxy is trusted', { proto: 'https' }, false],
    ['through a trusted proxy that was asked over HTTP', { trustProxy: 1, proto: 'http' }, false],
    ['through a trusted proxy that was asked over HTTPS', { trustProxy: 1, proto: 'https' }, true],
  ];
  it.each(ways)('%s: whether they insist on HTTPS for the future', async (_what, way, insists) => {
    const headers = await headersWith(securityHeaders(), way);
    expect('strict-transport-security' in headers).toBe(insists);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
