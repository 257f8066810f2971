import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { OpenRequests } from './open-requests';
import { mostQueued } from './queued-responses';

describe('requests that a client sends before the one before is answered', () => {
  const server: Server = createServer();
  const requests = new OpenRequests(server);
  let responses: ServerResponse[] = [];
  server.on('request', (_request, response: ServerResponse) => responses.push(response));

  beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => (responses = []));

  async function eventually(look: () => boolean): Promise<void> {
    for (const deadline = performance.now() + 5_000; !look(); await new Promise((resolve) => setTimeout(resolve, 5)))
      if (performance.now() > deadline) throw new Error('not within 5 s');
  }

  async function sent(count: number): Promise<Socket> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: node\r\n\r\n'.repeat(count));
    return socket;
  }

  it('are all over when its connection closes', async () => {
    const socket = await sent(20);
    await eventually(() => responses.length === 20);
    expect(requests.size).toBe(20);
    const closed: number[] = [];
    for (const [n, response] of responses.entries()) response.on('close', () => closed.push(n));
    socket.destroy();
    await eventually(() => requests.size === 0);
    expect(closed.toSorted((a, b) => a - b)).toEqual(responses.map((_, n) => n));
    expect(responses.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('are over when they were answered before it closed, too', async () => {
    const socket = await sent(3);
    await eventually(() => responses.length === 3);
    responses[2]!.end('third');
    socket.destroy();
    await eventually(() => requests.size === 0);
  });

  it('are answered in order, each once', async () => {
    const socket = await sent(3);
    await eventually(() => responses.length === 3);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed: number[] = [];
    for (const [n, response] of responses.entries()) response.on('close', () => closed.push(n));
    for (const n of [1, 2, 0]) responses[n]!.end(`answer ${n};`);
    await eventually(() => requests.size === 0);
    await eventually(() => text.includes('answer 2;'));
    expect(text.match(/answer \d/g)).toEqual(['answer 0', 'answer 1', 'answer 2']);
    socket.destroy();
    expect(closed).toEqual([0, 1, 2]);
  });

  it(`end its connection when more than ${mostQueued} wait`, async () => {
    const socket = await sent(mostQueued + 1);
    await eventually(() => responses.length === mostQueued + 1);
    expect(socket.destroyed).toBe(false);
    socket.write('GET / HTTP/1.1\r\nHost: node\r\n\r\n');
    await once(socket, 'close');
    await eventually(() => requests.size === 0);
  });
});
