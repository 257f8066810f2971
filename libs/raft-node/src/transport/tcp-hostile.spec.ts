import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { Tap } from '../../test/a-tap';
import { anIdentity, aTransport, closeAll, closedAtTheEnd, until } from '../../test/a-transport';
import type { TransportUnderTest } from '../../test/a-transport';
import { parseAddress } from './address';
import { FRAME, frame } from './frame';

const quick = { backOffMinMs: 5, backOffMaxMs: 20 };

/** Somebody with a socket and no secret. */
function aStranger(at: { readonly address: string }): Socket & { gone: boolean } {
  const socket = Object.assign(connect(parseAddress(at.address)), { gone: false });
  socket.on('error', () => undefined).on('close', () => (socket.gone = true));
  closedAtTheEnd({ close: async () => void socket.destroy() });
  return socket.resume() as typeof socket;
}

/** Bytes that depend on the seed alone (xorshift). */
function randomBytes(seed: number, length: number): Buffer {
  let state = seed * 2_654_435_761 + 1;
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    }),
  );
}

async function tapped(limits = {}): Promise<{ one: TransportUnderTest; two: TransportUnderTest; tap: Tap }> {
  const one = await aTransport('node-1', { limits: { ...quick, ...limits } });
  const two = await aTransport('node-2', { limits: { ...quick, ...limits } });
  const tap = closedAtTheEnd(await new Tap(two.address).open());
  one.reach(two, tap.address);
  await one.firstMessageTo(two);
  return { one, two, tap };
}

describe('the TCP transport among strangers', () => {
  afterEach(closeAll);

  it('closes a dialler with a wrong secret, counts it, and says so on both sides', async () => {
    const one = await aTransport('node-1', { secrets: ['another'], limits: quick });
    const two = await aTransport('node-2');
    one.reach(two);
    await until(() => (two.refused.secret ?? 0) > 2);
    expect(two.log.join()).toContain('(secret, 1 so far): it does not know the cluster secret of this node');
    expect(one.log.join()).toContain('it may know another cluster secret');
    // The reason stays the same, so one line is enough for all attempts.
    expect(one.log).toHaveLength(1);
    const asked = one.transport.requestAt(two.address, 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ code: 'refused' });
    expect([one.peers, two.peers, two.messages]).toEqual([[], [], []]);
  });

  it('accepts every secret of its list', async () => {
    const two = await aTransport('node-2', { secrets: ['new', 'old'] });
    for (const secrets of [['old'], ['old', 'new'], ['new']]) {
      const one = await aTransport('node-1', { secrets });
      one.reach(two);
      await one.firstMessageTo(two);
    }
    expect(two.refused).toEqual({});
  });

  it('has nothing to do with another cluster', async () => {
    const one = await aTransport('node-1', { identity: anIdentity('node-1', 'cluster-b'), limits: quick });
    const two = await aTransport('node-2');
    one.reach(two);
    await until(() => (two.refused.cluster ?? 0) > 0 && (one.refused.cluster ?? 0) > 0);
    expect(one.log.join()).toContain('it belongs to cluster cluster-a, this node to cluster-b');
    expect(two.peers).toEqual([]);
  });

  it('takes no messages while one of both has no cluster', async () => {
    const one = await aTransport('node-1', { identity: anIdentity('node-1', null) });
    const two = await aTransport('node-2');
    one.reach(two);
    await one.transport.request('node-2', 'who', Buffer.alloc(0), { timeoutMs: 10_000 });
    one.append('node-2', 1);
    await until(() => one.unreachable.length > 0);
    await one.transport.request('node-2', 'who', Buffer.alloc(0), { timeoutMs: 10_000 });
    expect(two.messages).toEqual([]);
  });

  it('refuses a node other than the one that should be there', async () => {
    const one = await aTransport('node-1', { limits: quick });
    const two = await aTransport('node-2');
    one.transport.setPeers(new Map([['node-3', two.address]]));
    await until(() => (one.refused.identity ?? 0) > 0);
    expect(one.log.join()).toContain('it is node-2, not node-3');
  });

  it('refuses a peer that speaks only newer versions, and both sides say which', async () => {
    const one = await aTransport('node-1', { limits: quick });
    const two = await aTransport('node-2', { versions: [2, 3] });
    one.reach(two);
    await until(() => (one.refused.protocol ?? 0) > 0 && (two.refused.protocol ?? 0) > 0);
    expect(one.log.join()).toContain('this node speaks versions 1 to 1 of the peer protocol, the other one 2 to 3');
    expect(two.log.join()).toContain('this node speaks versions 2 to 3 of the peer protocol, the other one 1 to 1');
  });

  it('survives random bytes of 200 seeds, and talks to its peers meanwhile', async () => {
    const { one, two } = await tapped();
    for (let seed = 1; seed <= 200; seed++) {
      const bytes = randomBytes(seed, 1 + ((seed * 37) % 6000));
      // Every other one with a header that is let in.
      aStranger(two).end(seed % 2 === 0 ? bytes : frame(1 + ((seed >> 1) % 4), bytes.subarray(0, 4000)));
    }
    const count = () => Object.values(two.refused).reduce((sum, n) => sum + n, 0);
    await until(() => count() >= 190);
    one.append('node-2', 1);
    await until(() => two.messages.length === 1);
    expect(Object.keys(two.refused).sort()).toEqual(['frame-too-large', 'malformed', 'protocol']);
    expect(two.log.length).toBeLessThan(40);
  });

  it('closes at the header of a frame that is too large, before a byte of it is there', async () => {
    const two = await aTransport('node-2');
    const stranger = aStranger(two);
    stranger.write(frame(FRAME.hello, Buffer.alloc(4097)).subarray(0, 5));
    await until(() => stranger.gone);
    expect(two.refused).toEqual({ 'frame-too-large': 1 });
  });

  it('waits no longer than the deadline for who sends a byte now and then', async () => {
    const two = await aTransport('node-2', { limits: { handshakeMs: 100 } });
    const [silent, slow] = [aStranger(two), aStranger(two)];
    slow.write(frame(FRAME.hello, Buffer.alloc(4000)).subarray(0, 5));
    const drip = setInterval(() => slow.write(Buffer.from([20])), 5);
    await until(() => silent.gone && slow.gone);
    clearInterval(drip);
    expect(two.refused).toEqual({ slow: 2 });
  });

  it('lets peers in while strangers hold all places', async () => {
    const two = await aTransport('node-2', { limits: { unauthenticated: 4 } });
    const strangers = Array.from({ length: 12 }, () => aStranger(two));
    await until(() => two.refused.crowded === 8);
    const one = await aTransport('node-1');
    one.reach(two);
    await one.firstMessageTo(two);
    expect(strangers.filter(({ gone }) => !gone).length).toBeLessThanOrEqual(4);
  });

  it('refuses a recorded session that is played again', async () => {
    const { one, two, tap } = await tapped();
    for (let index = 1; index <= 10; index++) one.append('node-2', index);
    await until(() => two.messages.length === 10);
    const before = two.transport.stats();
    const stranger = aStranger(two);
    stranger.write(Buffer.concat(tap.connections[0]!.fromDialler));
    await until(() => stranger.gone);
    expect(two.refused).toEqual({ secret: 1 });
    expect(two.transport.stats().connections).toBe(before.connections);
    expect(two.messages).toHaveLength(10);
  });

  it('does not take its own words for those of a peer', async () => {
    const one = await aTransport('node-1', { limits: quick });
    const mirror = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
    closedAtTheEnd({ close: () => new Promise<void>((resolve) => mirror.close(() => resolve())) });
    const address = `127.0.0.1:${(mirror.address() as { port: number }).port}`;
    const asked = one.transport.requestAt(address, 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ code: 'refused' });
    expect(one.refused).toEqual({ secret: 1 });
  });

  it.each([
    ['a changed byte', (chunk: Buffer) => Buffer.from(chunk).fill(chunk.at(-1)! ^ 1, chunk.length - 1)],
    ['a doubled record', (chunk: Buffer) => Buffer.concat([chunk, chunk])],
    ['a foreign record', (chunk: Buffer) => Buffer.concat([frame(FRAME.sealed, Buffer.alloc(40)), chunk])],
    ['a frame without a seal', (chunk: Buffer) => Buffer.concat([frame(FRAME.message, Buffer.alloc(9)), chunk])],
    ['a second hello', (chunk: Buffer) => Buffer.concat([frame(FRAME.hello, Buffer.alloc(9)), chunk])],
  ])('closes an authenticated connection with %s in it, and connects again', async (_, change) => {
    const { one, two, tap } = await tapped();
    tap.connections[0]!.change = change;
    one.append('node-2', 1);
    await until(() => (two.refused.tampered ?? 0) + (two.refused.protocol ?? 0) === 1);
    await until(() => one.unreachable.length > 0);
    await one.firstMessageTo(two);
    expect(two.indexes.length).toBeLessThanOrEqual(1);
  });

  it('delivers nothing of a frame that is cut off', async () => {
    const { one, two, tap } = await tapped();
    const [connection] = tap.connections;
    connection!.change = (chunk) => {
      connection!.change = () => null;
      setImmediate(() => connection!.dialler.destroy());
      return chunk.subarray(0, -1);
    };
    one.append('node-2', 1);
    await until(() => one.unreachable.length > 0);
    await one.firstMessageTo(two);
    expect([two.messages, two.refused]).toEqual([[], {}]);
  });

  it('notices on both sides that nothing comes through any more', async () => {
    const { one, two, tap } = await tapped({ pingMs: 20, silenceMs: 100 });
    tap.connections[0]!.hold();
    await until(() => one.refused.silent === 1 && two.refused.silent === 1);
    await one.firstMessageTo(two);
    expect(tap.connections).toHaveLength(2);
  });
});
