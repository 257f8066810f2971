import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { sendRaw } from '../support/raw-http';

const open = new Set<Socket>();
afterAll(() => {
  for (const socket of open) socket.destroy();
});

function opened(url: string, localAddress = '127.0.0.1'): Socket {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, localAddress });
  // Whoever is hung up on may be told by a reset.
  socket.on('error', () => undefined);
  open.add(socket);
  return socket.once('close', () => open.delete(socket));
}

/** What a client has heard when the server has hung up on it. */
const heardOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.once('close', () => resolve(text));
  });

/** Sends a byte now and then for as long as the server takes any. */
function dripping(socket: Socket, byte: string): Promise<string> {
  const drip = setInterval(() => socket.write(byte), 200);
  return heardOf(socket).finally(() => clearInterval(drip));
}

const post = (...headers: readonly string[]): string =>
  ['POST /v1/auth/login HTTP/1.1', 'Host: a', 'Content-Type: application/json', ...headers, '', ''].join('\r\n');
const smuggled = 'GET /v1/smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each([0, 2])('a node with %d read workers', (workers) => {
  const directory = temporaryDirectory();
  let node: NodeProcess;
  beforeAll(async () => {
    node = await NodeProcess.on(join(directory.path, 'data'), { READ_WORKERS: String(workers) });
    await node.start();
  });
  afterAll(async () => {
    await node.kill();
    directory.remove();
  });

  it.each([
    ['a length and chunks', `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['chunks and a length', `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n`],
    ['two lengths', `${post('Content-Length: 2', 'Content-Length: 3')}{} `],
    ['two lengths that agree', `${post('Content-Length: 2', 'Content-Length: 2')}{}`],
    ['a list of lengths', `${post('Content-Length: 2, 2')}{}`],
    ['a length with a sign', `${post('Content-Length: +2')}{}`],
    ['a length in hexadecimal', `${post('Content-Length: 0x2')}{}`],
    ['a folded header', `${post('X-A: b', ' Content-Length: 2')}{}`],
    ['a folded coding', `${post('Transfer-Encoding:', ' chunked')}0\r\n\r\n`],
    ['a coding that is none', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['a coding behind chunked', `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n`],
    ['a coding with a tab in its name', `${post('Transfer-Encoding\t: chunked')}0\r\n\r\n`],
    ['lines that end with LF alone', post('Content-Length: 2').replaceAll('\r\n', '\n') + '{}'],
    ['one line that ends with LF alone', `${post('X-A: b\nContent-Length: 2')}{}`],
    ['a line that ends with CR alone', `${post('X-A: b\rContent-Length: 2')}{}`],
    ['a chunk whose size ends with LF alone', `${post('Transfer-Encoding: chunked')}2\n{}\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${post('Transfer-Encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`],
    ['a chunk extension with LF in it', `${post('Transfer-Encoding: chunked')}2;a\nb\r\n{}\r\n0\r\n\r\n`],
    ['a chunk extension without end', `${post('Transfer-Encoding: chunked')}2;${'a'.repeat(20_000)}`],
    ['headers beyond 16 KiB', post(`X-A: ${'a'.repeat(17_000)}`)],
    ['headers beyond 16 KiB, many of them', post(...Array.from({ length: 2_000 }, (_, n) => `X-${n}: aaaaa`))],
  ])('refuses a request with %s, says so once and hangs up', async (_what, request) => {
    const { status, head, body } = await sendRaw(node.url, request, smuggled);
    expect([400, 413, 415, 431]).toContain(status);
    expect(head).toMatch(/^connection: close$/im);
    expect(body).not.toContain('HTTP/1.1');
    expect(await node.isReady()).toBe(true);
  });

  it('reads past a chunk extension, and finds the next request where it begins', async () => {
    const chunked = `${post('Transfer-Encoding: chunked')}2;name="a;b"\r\n{}\r\n0\r\n\r\n`;
    const { status, body } = await sendRaw(node.url, chunked, smuggled);
    expect(status).toBe(400);
    expect(body).toMatch(/validation-failed[^]*HTTP\/1\.1 404[^]*route-not-found/);
  });

  it('answers one request with chunks in HTTP/1.0, whose end others may see elsewhere, and hangs up', async () => {
    const chunked = post('Transfer-Encoding: chunked', 'Connection: keep-alive').replace('HTTP/1.1', 'HTTP/1.0');
    const { head, body } = await sendRaw(node.url, `${chunked}2\r\n{}\r\n0\r\n\r\n`, smuggled);
    expect(head).toMatch(/^connection: close$/im);
    expect(body).not.toContain('HTTP/1.1');
  });

  it('hangs up on who is slow with headers, with a body, or says nothing, and answers others meanwhile', async () => {
    const silent = heardOf(opened(node.url));
    const headers = opened(node.url);
    headers.write('GET /health HTTP/1.1\r\nHost: a\r\nX-A: ');
    const body = opened(node.url);
    body.write(`${post('Content-Length: 10000')}{"email":"`);
    const slow = Promise.all([silent, dripping(headers, 'a'), dripping(body, 'a')]);
    expect((await sendRaw(node.url, smuggled)).status).toBe(404);
    const [ofSilent, ofHeaders, ofBody] = await slow;
    expect(ofSilent).toMatch(/^$|^HTTP\/1\.1 408 /);
    for (const heard of [ofHeaders, ofBody]) expect(heard).toMatch(/^HTTP\/1\.1 408 [^]*request-timeout/);
    expect(await node.isReady()).toBe(true);
  }, 120_000);
});

describe.each([0, 2])('a node with a certificate and %d read workers', (workers) => {
  it('hangs up on who does not get on with the handshake', async () => {
    const directory = temporaryDirectory();
    const { cert, key } = anAuthority('who ask').issue('127.0.0.1');
    const variables = { READ_WORKERS: String(workers), TLS_CERT: cert, TLS_KEY: key };
    const node = await NodeProcess.on(join(directory.path, 'data'), variables);
    node.launch();
    try {
      const hello = Buffer.from('160301020001', 'hex');
      await eventually('it listens', async () => {
        const socket = opened(node.url);
        return new Promise<true | undefined>((resolve) =>
          socket.once('connect', () => resolve(true)).once('close', () => resolve(undefined)),
        );
      });
      const begun = opened(node.url);
      begun.write(hello);
      for (const heard of await Promise.all([heardOf(opened(node.url)), heardOf(begun)]))
        expect(heard).not.toMatch(/HTTP/);
    } finally {
      await node.kill();
      directory.remove();
    }
  }, 120_000);
});

describe('a node with few connections to give', () => {
  const directory = temporaryDirectory();
  const [most, ofOne] = [10, 3];
  let node: NodeProcess;
  beforeEach(async () => {
    const limits = { MAX_CONNECTIONS: String(most), MAX_CONNECTIONS_PER_ADDRESS: String(ofOne) };
    node = await NodeProcess.on(join(directory.path, 'data'), limits);
    await node.start();
  });
  afterEach(() => node.kill());
  afterAll(() => directory.remove());

  /** A connection that was answered and stays; undefined when it was closed before it was. */
  const kept = (address: string): Promise<Socket | undefined> =>
    new Promise((resolve) => {
      const socket = opened(node.url, address);
      socket.once('data', () => resolve(socket)).once('close', () => resolve(undefined));
      socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\nX-A: ');
    });
  const all = async (...addresses: readonly string[]): Promise<readonly (Socket | undefined)[]> =>
    Promise.all(addresses.map((address) => kept(address)));
  const times = (address: string): readonly string[] => Array.from({ length: ofOne }, () => address);

  it('gives no address more than its part, and gives again what is free', async () => {
    const mine = await all(...times('127.0.0.2'));
    expect(mine).not.toContain(undefined);
    expect(await kept('127.0.0.2')).toBeUndefined();
    expect(await kept('127.0.0.3')).toBeDefined();
    mine[0]?.destroy();
    expect(await eventually('its place is free', () => kept('127.0.0.2'))).toBeDefined();
  });

  it('gives all addresses together no more than there are', async () => {
    const held = await all(...times('127.0.0.2'), ...times('127.0.0.3'), ...times('127.0.0.4'));
    expect(held).not.toContain(undefined);
    // Those who asked whether it was ready may have kept theirs for a while.
    await eventually('the last one is free', () => kept('127.0.0.5'));
    expect(await kept('127.0.0.6')).toBeUndefined();
    held[0]?.destroy();
    await eventually('one is free again', () => kept('127.0.0.6'));
  });
});
