import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/postgres-directory';
import { LinkProxy } from './link-proxy';

/** What one side has received, as text. */
class Side {
  text = '';
  isClosed = false;

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (more) => (this.text += more));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  received(text: string): Promise<true> {
    return eventually(`"${text}" has arrived`, () => (this.text === text ? true : undefined));
  }

  closed(): Promise<true> {
    return eventually('the connection is closed', () => (this.isClosed ? true : undefined));
  }
}

/** Enough for bytes that are not swallowed to arrive on a loopback; only ever waited for what must not come. */
const quietMs = 100;

describe('a link through a proxy', () => {
  const opened: Socket[] = [];
  let accepted: Side[];
  let server: Server;
  let link: LinkProxy;

  beforeEach(async () => {
    accepted = [];
    server = createServer({ allowHalfOpen: true }, (socket) => {
      opened.push(socket);
      accepted.push(new Side(socket));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    link = await LinkProxy.to(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    await link.close();
    for (const socket of opened.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  async function dial(): Promise<{ near: Side; far: Side }> {
    const before = accepted.length;
    const [host, port] = link.address.split(':');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    opened.push(socket);
    const far = await eventually('the connection has arrived', () => accepted[before]);
    return { near: new Side(socket), far };
  }

  it('passes bytes both ways, and the end of a stream', async () => {
    const { near, far } = await dial();
    near.socket.write('hello');
    await far.received('hello');
    far.socket.end('welcome');
    await near.received('welcome');
    near.socket.end('!');
    await far.received('hello!');
    await Promise.all([near.closed(), far.closed()]);
    await eventually('the proxy has forgotten it', () => (link.connections === 0 ? true : undefined));
  });

  it('passes megabytes unchanged to a slow reader', async () => {
    const { near, far } = await dial();
    far.socket.pause();
    const text = 'abcdefghij'.repeat(1_000_000);
    near.socket.end(text);
    await wait(quietMs);
    far.socket.resume();
    await eventually('all has arrived', () => (far.text.length === text.length ? true : undefined));
    expect(far.text === text).toBe(true);
  });

  it('swallows bytes of both directions when it is cut, of old and of new connections', async () => {
    const old = await dial();
    link.cut();
    const fresh = await dial();
    for (const { near, far } of [old, fresh]) {
      near.socket.write('lost');
      far.socket.write('lost too');
    }
    await wait(quietMs);
    expect([old, fresh].map(({ near, far }) => near.text + far.text)).toEqual(['', '']);
    expect([old, fresh].map(({ near, far }) => near.isClosed || far.isClosed)).toEqual([false, false]);
  });

  it.each([
    ['forward', 'backward'],
    ['backward', 'forward'],
  ] as const)('swallows only what goes %s when that way is cut', async (cut, open) => {
    const { near, far } = await dial();
    const ends = { forward: [near, far], backward: [far, near] } as const;
    link.cut(cut);
    ends[cut][0].socket.write('lost');
    ends[open][0].socket.write('arrives');
    await ends[open][1].received('arrives');
    await wait(quietMs);
    expect(ends[cut][1].text).toBe('');
  });

  it('does not tell the other side of a closed connection while that way is cut', async () => {
    const { near, far } = await dial();
    link.cut('forward');
    near.socket.destroy();
    await wait(quietMs);
    expect(far.isClosed).toBe(false);
    link.heal();
    await far.closed();
  });

  it('healed, resets a connection that lost bytes and keeps one that lost none', async () => {
    const [broken, whole] = [await dial(), await dial()];
    link.cut();
    broken.near.socket.write('lost');
    await wait(quietMs);
    link.heal();
    await Promise.all([broken.near.closed(), broken.far.closed()]);
    whole.near.socket.write('still here');
    await whole.far.received('still here');
    const fresh = await dial();
    fresh.near.socket.write('hello');
    await fresh.far.received('hello');
  });

  it('delays what it passes, in order', async () => {
    const { near, far } = await dial();
    link.delay(80, 'forward');
    const began = performance.now();
    near.socket.write('one ');
    await wait(5);
    link.delay(0);
    near.socket.write('two');
    await far.received('one two');
    expect(performance.now() - began).toBeGreaterThanOrEqual(80 - 1); // timers count whole milliseconds
    far.socket.write('at once');
    await near.received('at once');
  });

  it('resets its connections and takes new ones', async () => {
    const old = await dial();
    link.reset();
    await Promise.all([old.near.closed(), old.far.closed()]);
    const { near, far } = await dial();
    near.socket.write('again');
    await far.received('again');
  });

  it('closes a connection whose target does not listen', async () => {
    const nowhere = await LinkProxy.to('127.0.0.1:1');
    const [host, port] = nowhere.address.split(':');
    const near = new Side(connect(Number(port), host));
    await near.closed();
    await nowhere.close();
  });
});
