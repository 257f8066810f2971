import type { RequestHandler } from 'express';
import express from 'express';
import { connect } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { PinoLogger } from 'nestjs-pino';
import request from 'supertest';
import { accessLog } from './access-log.middleware';
import { contextMiddleware } from './context.middleware';
import type { ContextRequest } from './request-context';

type Line = readonly [level: string, line: Record<string, unknown>, message: string];

function aLoggedServer(handler: RequestHandler) {
  const lines: Line[] = [];
  let written = (): void => undefined;
  const write = (level: string) => (line: object, message: string) => {
    lines.push([level, { ...line }, message]);
    written();
  };
  const logger = { logger: { info: write('info'), error: write('error') } } as unknown as PinoLogger;
  const app = express().use(contextMiddleware(1000), accessLog(logger), handler);
  return { app, lines, nextLine: () => new Promise<void>((resolve) => (written = resolve)) };
}

describe('the access log', () => {
  it('has one line for each request, without query and API keys', async () => {
    const { app, lines } = aLoggedServer((req, response) => {
      (req as ContextRequest).context.actorId = 'ada';
      response.status(201).end('x');
    });
    const key = `cfg_${'k'.repeat(43)}`;
    await request(app).post(`/v1/read/${key}/a?secret=1`).set('X-Request-Id', 'r1').expect(201);
    expect(lines).toEqual([
      [
        'info',
        {
          reqId: 'r1',
          actorId: 'ada',
          req: { method: 'POST', path: '/v1/read/***/a' },
          res: { status: 201 },
          responseTime: expect.any(Number),
        },
        'request completed',
      ],
    ]);
  });

  it('names the project of the path or of the API key, and nothing else that stands there', async () => {
    const project = '109d5019-f6d1-41e6-8aa3-86a851b49041';
    let ofKey: string | null = null;
    const lines: Line[] = [];
    const logger = { logger: { info: (line: object) => void lines.push(['info', { ...line }, '']) } };
    const app = express().use(contextMiddleware(1000), accessLog(logger as unknown as PinoLogger));
    app.get(['/v1/projects/:projectId', '/v1/read/:key'], (req, response) => {
      (req as unknown as ContextRequest).context.apiKeyProjectId = ofKey;
      response.end();
    });
    await request(app).get(`/v1/projects/${project.toUpperCase()}`);
    await request(app).get(`/v1/projects/cfg_${'k'.repeat(43)}`);
    ofKey = project;
    await request(app).get('/v1/read/app');
    expect(lines.map(([, line]) => line['projectId'])).toEqual([project, undefined, project]);
  });

  it('tells failures from the rest, and leaves the probes out', async () => {
    const { app, lines } = aLoggedServer((req, response) => void response.status(req.path === '/a' ? 503 : 200).end());
    await request(app).get('/a');
    await request(app).get('/health');
    expect(lines.map(([level, , message]) => [level, message])).toEqual([['error', 'request failed']]);
  });

  it('tells when the client left before the answer was complete', async () => {
    const { app, lines, nextLine } = aLoggedServer((_request, response) => void response.write('half'));
    const server: Server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const logged = nextLine();
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
      client.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    client.once('data', () => client.destroy());
    await logged;
    expect(lines.map(([level, , message]) => [level, message])).toEqual([['info', 'request aborted']]);
    await new Promise((resolve) => server.close(resolve));
  });
});
