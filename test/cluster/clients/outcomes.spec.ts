import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Action } from '../checker/operation';
import { outcomeOf } from './outcomes';
import type { Answer } from './request';
import { isAmbiguous, isRetryable, send } from './request';

const answer = (status: number, body: Record<string, unknown> = {}): Answer => ({
  type: 'answer',
  status,
  body,
  headers: {},
});
const read: Action = { type: 'read' };
const write: Action = { type: 'write', value: '{"n":1}', expectedVersion: 1 };

describe('what an answer says to the checker', () => {
  it.each([
    [read, answer(200, { version: 3, content: { n: 1 } }), { type: 'found', version: 3, value: '{"n":1}' }],
    [read, answer(404, { code: 'config-not-found' }), { type: 'missing' }],
    [write, answer(200, { version: 2, content: { n: 1 } }), { type: 'done', version: 2 }],
    [write, answer(409, { code: 'version-conflict', currentVersion: 5 }), { type: 'conflict', currentVersion: 5 }],
    [{ type: 'create', value: '1' }, answer(409, { code: 'key-taken' }), { type: 'taken' }],
    [{ type: 'delete', expectedVersion: null }, answer(204), { type: 'done', version: null }],
  ] as const)('%j: %j', (action, given, outcome) => {
    expect(outcomeOf(given, action)).toEqual(outcome);
  });

  it.each([
    ['a rollback to other content', write, answer(200, { version: 2, content: { n: 2 } })],
    ['an internal error', write, answer(500, { code: 'internal-error' })],
    ['a project that is gone', read, answer(404, { code: 'project-not-found' })],
    ['an answer without a version', read, answer(200, {})],
  ])('knows no outcome of %s', (_name, action, given) => {
    expect(outcomeOf(given, action)).toBeUndefined();
  });
});

describe('one request', () => {
  let server: Server;
  let listener: RequestListener;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (timeoutMs = 5_000) => send(url, { method: 'PUT', path: '/', body: { n: 1 }, timeoutMs });
  const kindOf = async (reply: ReturnType<typeof ask>) => {
    const found = await reply;
    return { retryable: isRetryable(found), ambiguous: isAmbiguous(found) };
  };

  it('has been refused for certain when nobody listens, or by a 503', async () => {
    const nobody = send('http://127.0.0.1:1', { method: 'GET', path: '/', timeoutMs: 5_000 });
    expect(await kindOf(nobody)).toEqual({ retryable: true, ambiguous: false });
    listener = (_request, response) => void response.writeHead(503).end();
    expect(await kindOf(ask())).toEqual({ retryable: true, ambiguous: false });
  });

  it('may have been done when the connection breaks, the answer is half or late, or by a 504', async () => {
    const listeners: RequestListener[] = [
      (request) => request.socket.destroy(),
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"half":');
        setTimeout(() => request.socket.destroy(), 20);
      },
      () => undefined,
      (_request, response) => void response.writeHead(504).end(),
    ];
    for (listener of listeners) expect(await kindOf(ask(300))).toEqual({ retryable: false, ambiguous: true });
  });
});
