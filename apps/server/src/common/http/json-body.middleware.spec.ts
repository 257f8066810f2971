import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sendRaw } from '../../../../../test/support/raw-http';
import { Rejected } from '../rejected';
import { contextMiddleware } from './context.middleware';
import { jsonBodyMiddleware } from './json-body.middleware';
import { sendProblem } from './problem-details.filter';
import type { ContextRequest } from './request-context';

const limits = { maxRequestBytes: 100_000, maxDepth: 10 };

let server: Server;
let url: string;

beforeAll(async () => {
  const admit = async ({ headers }: ContextRequest) => {
    if (headers.authorization !== 'good') throw new Rejected('unauthenticated');
  };
  const app = express()
    .use(contextMiddleware(60_000), ...jsonBodyMiddleware(limits, admit))
    .use((request, response) => {
      const { bodyRefusal } = (request as ContextRequest).context;
      if (bodyRefusal) sendProblem(request, response, bodyRefusal);
      else response.json(request.body ?? null);
    });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function post(path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body as string,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const good = { Authorization: 'good' };
const packed = { 'Content-Encoding': 'gzip' };

describe('a body', () => {
  it('is read of a request that is admitted, packed or not', async () => {
    await expect(post('/v1/projects', '{"a":1}', good)).resolves.toEqual({ status: 200, body: { a: 1 } });
    const answer = await post('/v1/projects', gzipSync('{"a":1}'), { ...good, ...packed });
    expect(answer).toEqual({ status: 200, body: { a: 1 } });
  });

  it.each(['/v1/projects', '/v1/auth/register', '/V1/auth/me', '/v1/auth/login/x', '/v1/%61uth/login'])(
    'at %s is not looked at before somebody is known',
    async (path) => {
      const parse = jest.spyOn(JSON, 'parse');
      const { status, body } = await post(path, '{"never":"parsed"}');
      expect([status, body['code']]).toEqual([401, 'unauthenticated']);
      expect(parse.mock.calls.filter(([text]) => text.includes('never'))).toEqual([]);
      parse.mockRestore();
    },
  );

  it('that nobody reads does not keep the connection', async () => {
    const head =
      'POST /v1/projects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n';
    expect(await sendRaw(url, head, '{')).toMatchObject({ status: 401 });
  });

  it('with credentials is read of anybody, in whatever letters the path is', async () => {
    for (const path of ['/v1/auth/login', '/v1/Auth/Login/', '/v1/auth/refresh', '/v1/auth/logout'])
      await expect(post(path, '{"a":1}')).resolves.toEqual({ status: 200, body: { a: 1 } });
  });

  it('with credentials is small', async () => {
    const large = JSON.stringify({ a: 'x'.repeat(16 * 1024) });
    expect(await post('/v1/auth/login', large)).toMatchObject({ status: 413, body: { code: 'payload-too-large' } });
    const register = await post('/v1/auth/register', large, good);
    expect(register).toMatchObject({ status: 413, body: { detail: 'The body is larger than 16384 bytes.' } });
    const head =
      'POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await sendRaw(url, head, `${large.length.toString(16)}\r\n${large}\r\n`)).toMatchObject({ status: 413 });
  });

  it('with credentials comes as it is', async () => {
    const { status, body } = await post('/v1/auth/login', gzipSync('{"a":1}'), packed);
    expect([status, body['code']]).toEqual([415, 'unsupported-media-type']);
    expect(body['detail']).toBe('The Content-Encoding is not supported; send none.');
    await expect(post('/v1/auth/login', '{"a":1}', { 'Content-Encoding': 'identity' })).resolves.toMatchObject({
      status: 200,
    });
  });
});
