import express from 'express';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import request from 'supertest';
import { securityHeaders } from './security-headers.middleware';

async function headersWith(middleware: RequestHandler): Promise<Record<string, string>> {
  const app = express()
    .disable('x-powered-by')
    .use(middleware, (_request, response) => void response.end());
  const { date: _date, ...headers } = (await request(app).get('/')).headers as Record<string, string>;
  return headers;
}

describe('the security headers', () => {
  it("are those of helmet, but for a policy that lets the documentation's own page run", async () => {
    const { 'content-security-policy': ours, ...rest } = await headersWith(securityHeaders());
    const { 'content-security-policy': helmets, ...others } = await headersWith(helmet());
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
});
