import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { PinoLogger } from 'nestjs-pino';
import { answerOf, sendRaw } from '../../../../../test/support/raw-http';
import type { RawAnswer } from '../../../../../test/support/raw-http';
import { problems } from '../problems';
import type { ProblemCode } from '../problems';
import { contextMiddleware } from './context.middleware';
import { jsonBodyMiddleware } from './json-body.middleware';
import { answerUnreadableRequests } from './unreadable-requests';

const maxRequestBytes = 1_000;
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
const post = (...headers: readonly string[]): string =>
  head('POST /x HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...headers);
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

let server: Server;
let url: string;
const logged: unknown[] = [];

beforeAll(async () => {
  const app = express()
    .use(contextMiddleware(60_000), ...jsonBodyMiddleware({ maxRequestBytes, maxDepth: 10 }))
    .use((request, response) => void response.json(request.body ?? null));
  server = createServer({ connectionsCheckingInterval: 20 }, app);
  answerUnreadableRequests(server, { info: (line: unknown) => logged.push(line) } as unknown as PinoLogger);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function expectProblem(answer: RawAnswer, code: ProblemCode): void {
  const { status } = problems[code];
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(answer.status).toBe(status);
  expect(answer.head).toMatch(/^Content-Type: application\/problem\+json/im);
  expect(answer.head).toMatch(new RegExp(`^X-Request-Id: ${String(problem['requestId'])}$`, 'im'));
  expect(problem).toMatchObject({ code, status, type: `/problems/${code}`, title: problems[code].title });
  for (const member of ['detail', 'instance']) expect(problem[member]).toEqual(expect.stringMatching(/./));
}

const isClosed = (answer: RawAnswer): void => expect(answer.head).toMatch(/^Connection: close$/im);

describe('what Node cannot read as a request', () => {
  const unreadable: readonly (readonly [string, ProblemCode, string])[] = [
    ['no HTTP at all', 'malformed-request', head('nonsense')],
    ['an unknown method', 'malformed-request', head('STEAL / HTTP/1.1', 'Host: x')],
    ['an unknown version', 'malformed-request', head('GET / HTTP/9.9', 'Host: x')],
    ['a header name with a NUL', 'malformed-request', head('GET / HTTP/1.1', 'Host: x', 'X\0: y')],
    ['no Host', 'malformed-request', head('GET / HTTP/1.1')],
    ['two Hosts', 'malformed-request', head('GET / HTTP/1.1', 'Host: x', 'host: x')],
    ['two Hosts in HTTP/1.0', 'malformed-request', head('GET / HTTP/1.0', 'Host: x', 'Host: y')],
    ['a Host that is none', 'malformed-request', head('GET / HTTP/1.1', 'Host: x y/<>')],
    ['a tunnel', 'method-not-allowed', head('CONNECT a:1 HTTP/1.1', 'Host: x')],
    ['a target without a path', 'malformed-request', head('GET foo:// HTTP/1.1', 'Host: x')],
    ['two lengths', 'malformed-request', post('Content-Length: 1', 'Content-Length: 2')],
    ['a length and chunks', 'malformed-request', post('Content-Length: 1', 'Transfer-Encoding: chunked')],
    ['a chunk without a size', 'malformed-request', `${post('Transfer-Encoding: chunked')}zz\r\n`],
    ['endless chunk extensions', 'payload-too-large', `${post('Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}`],
    ['headers of 20 kB', 'headers-too-large', head('GET / HTTP/1.1', 'Host: x', `X: ${'x'.repeat(20_000)}`)],
  ];

  it.each(unreadable)('%s: %s, and the connection is closed', async (_what, code, request) => {
    const answer = await sendRaw(url, request);
    expectProblem(answer, code);
    isClosed(answer);
    if (code !== 'malformed-request') expect(answer.head).toMatch(/^X-Content-Type-Options: nosniff$/im);
  });

  it('leaves a line in the log with the id that was answered', async () => {
    const { body } = await sendRaw(url, head('nonsense'));
    const { requestId } = JSON.parse(body) as { requestId: string };
    expect(logged).toContainEqual({ reqId: requestId, code: 'HPE_INVALID_METHOD' });
  });

  it('keeps the id of a request whose body breaks off', async () => {
    const answer = await sendRaw(url, `${post('X-Request-Id: mine', 'Transfer-Encoding: chunked')}zz\r\n`);
    expect(answer.head).toMatch(/^X-Request-Id: mine$/im);
  });

  it('headers that do not come in time: request-timeout', async () => {
    server.headersTimeout = 50;
    try {
      expectProblem(await sendRaw(url, 'GET / HTTP/1.1\r\nHost: x\r\n'), 'request-timeout');
    } finally {
      server.headersTimeout = 60_000;
    }
  });
});

describe('a body that is too large', () => {
  function begun(...parts: readonly string[]): Socket {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    for (const part of parts) socket.write(part);
    return socket;
  }

  it('is refused by its length, before it is sent', async () => {
    const answer = await answerOf(begun(post('Content-Length: 1001')));
    expectProblem(answer, 'payload-too-large');
  });

  it('is refused as soon as it has become too large, when its length is not told', async () => {
    const socket = begun(post('Transfer-Encoding: chunked'), chunk('"'.padEnd(600)), chunk(''.padEnd(600)));
    expectProblem(await answerOf(socket), 'payload-too-large');
  });

  it('is told to a client that goes on sending for a moment', async () => {
    const socket = begun(post('Content-Length: 3000000'), 'x'.repeat(1_000_000));
    const answer = answerOf(socket);
    await wait(50);
    socket.write('x'.repeat(1_000_000));
    expectProblem(await answer, 'payload-too-large');
  });

  it('does not end the connection of a client that has sent it all', async () => {
    const next = head('GET / HTTP/1.1', 'Host: x', 'Connection: close');
    const answer = await answerOf(begun(post('Content-Length: 1001'), 'x'.repeat(1001), next));
    expect(answer.status).toBe(413);
    expect(answer.body).toMatch(/HTTP\/1\.1 200 OK/);
  });

  it('is not asked for: a client that waits for 100 Continue gets 413 at once', async () => {
    const answer = await answerOf(begun(post('Content-Length: 1001', 'Expect: 100-continue')));
    expectProblem(answer, 'payload-too-large');
    isClosed(answer);
  });
});

describe('a client that waits for 100 Continue', () => {
  it('is told to go on, and answered', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(post('Content-Length: 2', 'Expect: 100-continue', 'Connection: close'));
    const answer = answerOf(socket);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 Continue/);
    socket.write('42');
    expect((await answer).body).toMatch(/HTTP\/1\.1 200 OK[^]*42$/);
  });

  it('for a body of a type that nobody takes is refused at once, and the connection is closed', async () => {
    const request = head('POST / HTTP/1.1', 'Host: x', 'Content-Type: text/plain', 'Content-Length: 2');
    const answer = await sendRaw(url, request.replace(/\r\n\r\n$/, '\r\nExpect: 100-continue\r\n\r\n'));
    expectProblem(answer, 'unsupported-media-type');
    isClosed(answer);
  });

  it('and one that expects something else is answered all the same', async () => {
    const request = head('GET / HTTP/1.1', 'Host: x', 'Expect: miracles', 'Connection: close');
    expect((await sendRaw(url, request)).status).toBe(200);
  });
});
