import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { slowReaders } from './slow-readers.middleware';

const idleMs = 1_500;
const large = Buffer.alloc(32 * 1024 ** 2, 'x');

let server: Server;

beforeAll(async () => {
  const app = express()
    .use(slowReaders(idleMs))
    .get('/large', (_request, response) => void response.send(large))
    .get('/late', (_request, response) => void wait(3 * idleMs).then(() => response.send('here')));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function asking(path: string): Promise<{ client: Socket; served: Socket }> {
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return { client, served: (await connected)[0] };
}

describe('an answer', () => {
  it('that nobody reads is thrown away with its connection', async () => {
    const { client, served } = await asking('/large');
    await once(served, 'close');
    expect(served.bytesWritten).toBeGreaterThan(0);
    client.destroy();
  });

  it('that is read slowly arrives', async () => {
    const { client } = await asking('/large');
    let received = 0;
    client.on('data', (chunk) => {
      received += chunk.length;
      client.pause();
      setTimeout(() => client.resume(), 1);
    });
    await once(client, 'close');
    expect(received).toBeGreaterThan(large.length);
  });

  it('that takes long to make arrives too', async () => {
    const { client } = await asking('/late');
    let text = '';
    client.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(client, 'close');
    expect(text).toMatch(/here$/);
  });
});
