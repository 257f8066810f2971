import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { PinoLogger } from 'nestjs-pino';
import request from 'supertest';
import { contextMiddleware } from './http/context.middleware';
import { ProblemDetailsFilter } from './http/problem-details.filter';
import { problemCodes } from './problems';
import { ProblemsController } from './problems.controller';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the catalogue of problems', () => {
  let app: NestExpressApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ controllers: [ProblemsController] }).compile();
    app = module.createNestApplication<NestExpressApplication>();
    app.use(contextMiddleware(5_000));
    app.useGlobalFilters(new ProblemDetailsFilter({ error: () => undefined } as unknown as PinoLogger));
    await app.listen(0, '127.0.0.1');
  });

  afterAll(() => app.close());

  const get = (path: string, accept = '*/*') => request(app.getHttpServer()).get(path).set('Accept', accept);

  it('lists every problem as JSON', async () => {
    const { body, headers } = await get('/problems')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    expect(body.items.map(({ code }: { code: string }) => code)).toEqual(problemCodes);
    expect(body.items[0]).toEqual({
      type: '/problems/malformed-json',
      code: 'malformed-json',
      status: 400,
      title: expect.any(String),
      explanation: expect.any(String),
    });
    expect(headers['vary']).toContain('Accept');
  });

  it('lists every problem as a page for a browser, with a link to each', async () => {
    const { text } = await get('/problems', browser)
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    for (const code of problemCodes) expect(text).toContain(`href="/problems/${code}"`);
  });

  it('has a page for each, and JSON for who prefers it', async () => {
    const { text } = await get('/problems/config-not-found')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(text).toContain('<h1>There is no such config</h1>');
    const { body } = await get('/problems/config-not-found', 'application/json').expect(200);
    expect(body).toMatchObject({ type: '/problems/config-not-found', status: 404 });
  });

  it('writes the texts as text', async () => {
    const { text } = await get('/problems/unauthenticated', browser);
    expect(text).toContain('Bearer &lt;access token&gt;&quot;');
    expect(text).not.toContain('<access token>');
  });

  it.each(['nothing', 'constructor', '__proto__'])('has no problem %s', async (code) => {
    const { body } = await get(`/problems/${code}`)
      .expect(404)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(body).toMatchObject({ code: 'problem-not-found', type: '/problems/problem-not-found' });
  });
});
