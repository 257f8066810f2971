import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendRaw } from '../../../../../test/support/raw-http';
import { parseEnvironment } from '../../common/env';
import type { CompressedBodies } from '../compression/compressed-bodies';
import { FastReads } from './fast-reads';
import { fastReadSettings } from './plain-requests';

const apiKey = `cfg_${'a'.repeat(43)}`;

function fastReads(body: Buffer): FastReads {
  const source = {
    isServing: true,
    wasConfirmed: true,
    isBehind: false,
    catchUp: () => Promise.resolve(),
    ageMs: 0,
    index: 7,
    confirm: () => Promise.resolve(),
    projectOf: () => 'shop',
    heldSnapshot: () => undefined,
    config: () => ({ key: 'app', version: 1, modIndex: 7, content: '{}' }),
  };
  const compressed = { ready: () => undefined } as unknown as CompressedBodies;
  const answered = { answered: () => undefined };
  return new FastReads(
    source,
    { config: () => ({ etag: '"7"', body, compressed }) },
    answered,
    { countNow: () => [] },
    fastReadSettings(parseEnvironment({})),
  );
}

describe('a fast read whose answer nobody takes', () => {
  it('is hung up on, while those who read get theirs', async () => {
    const body = Buffer.alloc(16 * 1024 ** 2, 'x');
    const server = createServer(fastReads(body).before(() => undefined, 2_000)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const request = `GET /v1/read/${apiKey}/app HTTP/1.1\r\nHost: x\r\n\r\n`;
    const silent = connect(port, '127.0.0.1');
    try {
      const closed = new Promise((resolve) => {
        server.once('connection', (socket) => socket.once('close', () => resolve('closed')));
      });
      silent.pause().write(request);
      const answer = await fetch(`http://127.0.0.1:${port}/v1/read/${apiKey}/app`);
      expect((await answer.arrayBuffer()).byteLength).toBe(body.length);
      expect(await Promise.race([closed, sleep(20_000, undefined, { ref: false })])).toBe('closed');
    } finally {
      silent.destroy();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a request with two Hosts', () => {
  it('is for the routes, which refuse it', async () => {
    const route = (_request: unknown, response: ServerResponse): void => void response.writeHead(400).end();
    const server = createServer(fastReads(Buffer.from('{}')).before(route, 2_000)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const asked = (...hosts: string[]) =>
      sendRaw(
        `http://127.0.0.1:${port}`,
        [`GET /v1/read/${apiKey}/app HTTP/1.1`, ...hosts, 'Connection: close', '', ''].join('\r\n'),
      );
    try {
      expect((await asked('Host: x')).status).toBe(200);
      expect((await asked('Host: x', 'HOST: y')).status).toBe(400);
    } finally {
      server.close();
    }
  });
});
