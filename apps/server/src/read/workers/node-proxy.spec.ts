import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { sendRaw } from '../../../../../test/support/raw-http';
import { takeCallers } from './caller-address';
import { NodeProxy } from './node-proxy';

const directory = mkdtempSync(join(tmpdir(), 'node-proxy-'));
let node: Server;
let front: Server;
let url: string;
/** What the node answers in the test. */
let answer: RequestListener;

beforeAll(async () => {
  const path = join(directory, 'node');
  node = createServer((asked, response) => answer(asked, response));
  node.on('checkContinue', (asked: IncomingMessage, response: ServerResponse) => answer(asked, response));
  takeCallers(node, false);
  const proxy = new NodeProxy(path, 2_000);
  front = createServer(proxy.pass).on('checkContinue', proxy.pass);
  await Promise.all([once(node.listen(path), 'listening'), once(front.listen(0, '127.0.0.1'), 'listening')]);
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const server of [front, node]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true });
});

const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n');

describe('the proxy of a read worker', () => {
  it('passes headers on as they were written, in their order, without those of the connection', async () => {
    let seen: string[] = [];
    let address: string | undefined;
    answer = ({ rawHeaders, socket, headers }, response) => {
      seen = rawHeaders;
      address = socket.remoteAddress;
      expect(headers).not.toHaveProperty('config-guardian-caller');
      response.writeHead(200, 'Fine', [
        'X-One',
        'a',
        'x-TWO',
        'b',
        'X-One',
        'c',
        'Keep-Alive',
        'no',
        'Content-Length',
        '0',
      ]);
      response.end();
    };
    const told = await sendRaw(
      url,
      head(
        'GET / HTTP/1.1',
        'HOST: x',
        'x-Mixed: 1',
        'Config-Guardian-Caller: 10.9.9.9',
        'X-Mixed: 2',
        'Connection: close, X-Hop, host, content-length',
        'X-Hop: gone',
        'TE: trailers',
        'X-Bytes: \u00fc',
      ),
    );
    expect(seen).toEqual(['HOST', 'x', 'x-Mixed', '1', 'X-Mixed', '2', 'X-Bytes', 'Ã¼', 'Connection', 'keep-alive']);
    expect(address).toBe('127.0.0.1');
    expect(told.head).toMatch(
      /^HTTP\/1\.1 200 Fine\r\nX-One: a\r\nx-TWO: b\r\nX-One: c\r\nContent-Length: 0\r\nDate: [^\r]+\r\nConnection: close$/,
    );
  });

  it('tells the caller by its own address, however many headers it sends', async () => {
    const seen: (string | undefined)[] = [];
    answer = ({ socket }, response) => {
      seen.push(socket.remoteAddress);
      response.end();
    };
    const many = Array.from({ length: 2_500 }, () => 'a: b');
    const told = await sendRaw(url, head('GET / HTTP/1.1', 'Host: x', 'Connection: close', ...many));
    const other = request(url, { localAddress: '127.0.0.9', agent: false }).end();
    await once(other, 'response');
    // Node 20 drops what is too many, later releases refuse it.
    expect(seen).toEqual(told.status === 431 ? ['127.0.0.9'] : ['127.0.0.1', '127.0.0.9']);
  });

  it.each([
    ['with a length', false],
    ['in chunks', true],
  ])('carries large bodies both ways, %s', async (_how, isChunked) => {
    const sent = Buffer.alloc(5 * 1024 ** 2, 'abcdefg');
    answer = (asked, response) => {
      if (!isChunked) response.setHeader('Content-Length', sent.length);
      asked.pipe(response);
    };
    const outgoing = request(url, { method: 'POST', agent: false });
    if (!isChunked) outgoing.setHeader('Content-Length', sent.length);
    outgoing.write(sent.subarray(0, 1_000_000));
    outgoing.end(sent.subarray(1_000_000));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect((await buffer(incoming)).equals(sent)).toBe(true);
  });

  it.each(['GET', 'DELETE', 'POST'])('ends the chunked body of a %s where it ends', async (method) => {
    const bodies: string[] = [];
    answer = (asked, response) => void text(asked).then((body) => response.end(String(bodies.push(body))));
    await sendRaw(
      url,
      head(`${method} / HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked') + '3\r\nabc\r\n0\r\n\r\n',
      head('GET / HTTP/1.1', 'Host: x', 'Connection: close'),
    );
    expect(bodies).toEqual(['abc', '']);
  });

  it('answers requests that came at once in their order', async () => {
    answer = ({ url: asked }, response) => void setTimeout(() => response.end(asked), asked === '/1' ? 100 : 0);
    const { head: first, body } = await sendRaw(
      url,
      [1, 2, 3].map((n) => head(`GET /${n} HTTP/1.1`, 'Host: x', ...(n === 3 ? ['Connection: close'] : []))).join(''),
    );
    expect(`${first}${body}`.match(/\/\d(?!\.)/g)).toEqual(['/1', '/2', '/3']);
  });

  it('leaves an answer to HEAD, and a 304, without a body', async () => {
    answer = ({ method }, response) =>
      response.writeHead(method === 'HEAD' ? 200 : 304, { ETag: '"1"', 'Content-Length': 7 }).end();
    for (const method of ['HEAD', 'GET']) {
      const { head: told, body } = await sendRaw(url, head(`${method} / HTTP/1.1`, 'Host: x', 'Connection: close'));
      expect([/Content-Length: 7/.test(told), body]).toEqual([true, '']);
    }
  });

  it('asks for a body when the node does, and not before', async () => {
    answer = (asked, response) => {
      if (asked.headers.expect === undefined || asked.url === '/no')
        return void response.writeHead(401, { Connection: 'close' }).end();
      response.writeContinue();
      void text(asked).then((body) => response.end(`got ${body}`));
    };
    const post = (path: string) =>
      head(`POST ${path} HTTP/1.1`, 'Host: x', 'Expect: 100-continue', 'Content-Length: 2', 'Connection: close');
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(post('/yes')));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hi');
    expect((await buffer(socket)).toString()).toContain('got hi');
    const { status, head: told } = await sendRaw(url, post('/no'));
    expect([status, told.includes('100 Continue')]).toEqual([401, false]);
  });

  it('does not announce a body that there is none of', async () => {
    let seen: IncomingMessage['headers'] = {};
    answer = ({ headers }, response) => {
      seen = headers;
      response.end();
    };
    await sendRaw(url, head('POST / HTTP/1.1', 'Host: x', 'Connection: close'));
    expect(seen).toMatchObject({ 'content-length': '0' });
    expect(seen).not.toHaveProperty('transfer-encoding');
  });

  it('shows the beginning of a stream at once, and ends it with its caller', async () => {
    const gone = new Promise<void>((resolve) => {
      answer = (_asked, response) => {
        response.once('close', resolve).flushHeaders();
      };
    });
    const caller = request(url, { agent: false }).on('error', () => undefined);
    caller.end();
    await once(caller, 'response');
    caller.destroy();
    await gone;
  });

  it('ends an upload with its caller', async () => {
    const aborted = new Promise<boolean>((resolve) => {
      answer = (asked) => void asked.resume().once('close', () => resolve(!asked.complete));
    });
    const caller = request(url, { method: 'PUT', agent: false, headers: { 'Content-Length': 100 } }).on(
      'error',
      () => undefined,
    );
    caller.write('a');
    await wait(100);
    caller.destroy();
    expect(await aborted).toBe(true);
  });

  it('hangs up in the middle when the node does, and says so when there was no answer yet', async () => {
    answer = ({ url: asked, socket }, response) => {
      if (asked === '/half') response.writeHead(200, { 'Content-Length': 100 }).write('half');
      setTimeout(() => socket.destroy(), 50);
    };
    const half = await sendRaw(url, head('GET /half HTTP/1.1', 'Host: x'));
    expect([half.status, half.body]).toEqual([200, 'half']);
    const { status, body } = await sendRaw(url, head('GET /none HTTP/1.1', 'Host: x'));
    expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([503, 'not-ready']);
  });

  it('says of a change that the node may have heard that its outcome is not known', async () => {
    const heard: unknown[] = [];
    answer = (asked) => {
      heard.push(asked.method);
      asked.resume().once('end', () => asked.socket.destroy());
    };
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      const { status, body } = await sendRaw(url, `${head(`${method} /x HTTP/1.1`, 'Host: x', 'Content-Length: 2')}{}`);
      expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([504, 'outcome-unknown']);
    }
    expect(heard).toEqual(['PUT', 'POST', 'DELETE', 'PATCH']);
  });

  it('says that nothing was done when there is no node', async () => {
    const nowhere = createServer(new NodeProxy(join(directory, 'nowhere'), 2_000).pass);
    await once(nowhere.listen(0, '127.0.0.1'), 'listening');
    const there = `http://127.0.0.1:${(nowhere.address() as AddressInfo).port}`;
    const { status, body } = await sendRaw(there, `${head('PUT /x HTTP/1.1', 'Host: x', 'Content-Length: 2')}{}`);
    expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([503, 'not-ready']);
    nowhere.closeAllConnections();
    nowhere.close();
  });

  it('takes no more from the node than the caller takes', async () => {
    let written = 0;
    let hungUp: Promise<unknown> | undefined;
    answer = (_asked, response) => {
      hungUp = once(response, 'close');
      const more = (): void => {
        while (response.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
        response.once('drain', more);
      };
      more();
    };
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(head('GET / HTTP/1.1', 'Host: x')),
    );
    socket.pause();
    await wait(500);
    const before = written;
    await wait(300);
    expect(written).toBe(before);
    expect(written).toBeLessThan(64 * 1024 ** 2);
    // And hangs up on a caller who takes nothing at all.
    socket.resume();
    socket.pause();
    expect(await Promise.race([hungUp, wait(20_000, 'open', { ref: false })])).not.toBe('open');
    await once(socket.resume(), 'close');
  }, 40_000);
});
