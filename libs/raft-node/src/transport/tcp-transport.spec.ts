import { memberId } from '@config-guardian/raft';
import type { LookupFunction } from 'node:net';
import { Tap } from '../../test/a-tap';
import { anIdentity, aTransport, closeAll, closedAtTheEnd, twoTransports, until } from '../../test/a-transport';
import { countOpenTimers } from '../../test/open-timers';
import type { PeerError } from './transport';

const quick = { backOffMinMs: 5, backOffMaxMs: 20 };

/** Resolves the name of node-2 to what `current` says at that moment. */
function aDirectory(current: () => string): LookupFunction {
  return (_host, options, callback) => {
    const address = current();
    if (options.all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
}

describe('the TCP transport', () => {
  afterEach(closeAll);

  it('carries messages with what the sender told of itself', async () => {
    const { one, two } = await twoTransports();
    one.append('node-2', 7);
    await until(() => two.messages.length === 1);
    expect(two.messages[0]).toEqual({
      ...{
        type: 'append',
        from: 'node-1#node-1-1',
        to: 'node-2#node-2-1',
        term: 3,
        prevIndex: 7,
        prevTerm: 2,
        commit: 7,
      },
      entries: [{ type: 'command', index: 8, term: 3, data: Buffer.alloc(16, 7) }],
    });
    expect(two.senders.at(-1)).toEqual(anIdentity('node-1'));
    expect(one.peers).toContainEqual(anIdentity('node-2'));
    expect(two.peers).toContainEqual(anIdentity('node-1'));
  });

  it('keeps the order, in many records and with large frames among small ones', async () => {
    const { one, two } = await twoTransports();
    const indexes = Array.from({ length: 3000 }, (_, index) => index);
    for (const index of indexes) one.append('node-2', index, index % 500 === 0 ? 1_000_000 : 200);
    await until(() => two.messages.length === indexes.length);
    expect(two.indexes).toEqual(indexes);
    expect(one.transport.stats()).toMatchObject({ refused: {} });
  });

  it('says that nobody is there', async () => {
    const one = await aTransport('node-1');
    const gone = await aTransport('node-2');
    const { address } = gone;
    await gone.transport.close();
    const options = { timeoutMs: 10_000 };
    const asked = one.transport.requestAt(address, 'who', Buffer.alloc(0), options);
    await expect(asked).rejects.toMatchObject({ code: 'unreachable' });
    one.transport.setPeers(new Map([['node-2', address]]));
    const request = one.transport.request('node-2', 'who', Buffer.alloc(0), options);
    await expect(request).rejects.toMatchObject({ code: 'unreachable' });
    const unknown = one.transport.request('node-9', 'who', Buffer.alloc(0), options);
    await expect(unknown).rejects.toMatchObject({ code: 'unreachable' });
    one.append('node-2', 1);
    await until(() => one.unreachable.includes('node-2'));
    expect(one.transport.stats().dropped).toBe(1);
  });

  it.each(['', 'node-2', 'node-2:http', ':7400', '[::1:7400', 'node-2:70000'])(
    'takes the address "%s" for one where nobody is',
    async (address) => {
      const one = await aTransport('node-1');
      one.transport.setPeers(new Map([['node-2', address]]));
      one.append('node-2', 1);
      await until(() => one.unreachable.includes('node-2'));
      const asked = one.transport.requestAt(address, 'who', Buffer.alloc(0), { timeoutMs: 10_000 });
      await expect(asked).rejects.toMatchObject({ code: 'unreachable' });
      expect(one.log.join()).toContain(`"${address}" is not host:port`);
    },
  );

  it('connects again when a peer has been restarted, and tells what it could not send', async () => {
    const { one, two } = await twoTransports(quick);
    const { address } = two;
    const asked = one.transport.request('node-2', 'slow', Buffer.alloc(0), { timeoutMs: 10_000 });
    two.onRequest = () => new Promise(() => undefined);
    const outcome = asked.catch((error: PeerError) => error.code);
    await until(() => two.transport.stats().framesReceived > 1);
    await two.transport.close();
    expect(['disconnected', 'unreachable', Buffer.from('slow:')]).toContainEqual(await outcome);
    one.append('node-2', 1);
    await until(() => one.unreachable.includes('node-2'));
    const again = await aTransport('node-2', { listen: address });
    await one.firstMessageTo(again);
    one.append('node-2', 5);
    await until(() => again.indexes.includes(5));
  });

  it('resolves the name of a peer for each connection anew', async () => {
    let current = '127.0.0.1';
    const limits = quick;
    const one = await aTransport('node-1', { limits, lookup: aDirectory(() => current) });
    const before = await aTransport('node-2');
    const port = before.address.split(':')[1]!;
    one.reach(before, `node-2.test:${port}`);
    await one.firstMessageTo(before);
    await before.transport.close();
    const after = await aTransport('node-2', { listen: `127.0.0.2:${port}` });
    current = '127.0.0.2';
    await one.firstMessageTo(after);
  });

  it('closes the connection to who is no peer any more, and goes to a new address', async () => {
    const { one, two } = await twoTransports(quick);
    one.transport.setPeers(new Map());
    one.append('node-2', 1);
    await until(() => one.unreachable.includes('node-2'));
    const moved = await aTransport('node-2');
    one.reach(moved);
    await one.firstMessageTo(moved);
    expect(two.messages).toEqual([]);
  });

  it('closes the connections of a removed member and refuses it, and still answers a single request', async () => {
    const { one, two } = await twoTransports(quick);
    two.transport.setOutcasts(new Set([memberId('node-1', 'node-1-1')]));
    await until(() => (two.refused['removed'] ?? 0) > 0);
    one.append('node-2', 1);
    const asked = await one.transport.requestAt(two.address, 'standing', Buffer.from('?'), { timeoutMs: 5_000 });
    expect(Buffer.from(asked.body).toString()).toBe('standing:?');
    expect(two.messages).toEqual([]);
    two.transport.setOutcasts(new Set());
    await one.firstMessageTo(two);
  });

  it('tells its new identity on new connections, and still answers what was asked on the old ones', async () => {
    const one = await aTransport('node-1', { limits: quick });
    const two = await aTransport('node-2', { identity: anIdentity('node-2', null), limits: quick });
    one.reach(two);
    two.onRequest = (method) => {
      two.transport.setIdentity(anIdentity('node-2'));
      return Promise.resolve(Buffer.from(`${method} done`));
    };
    const answer = await one.transport.request('node-2', 'formation/commit', Buffer.alloc(0), { timeoutMs: 10_000 });
    expect(String(answer)).toBe('formation/commit done');
    await one.firstMessageTo(two);
    expect(one.peers.at(-1)).toEqual(anIdentity('node-2'));
  });

  it('connects again although its identity changed in the pause before the next attempt', async () => {
    const { one, two } = await twoTransports({ backOffMinMs: 300, backOffMaxMs: 300 });
    const { address } = two;
    await two.transport.close();
    one.append('node-2', 1);
    await until(() => one.unreachable.includes('node-2'));
    one.transport.setIdentity({ ...anIdentity('node-1'), apiAddress: 'http://elsewhere' });
    const again = await aTransport('node-2', { listen: address });
    await one.firstMessageTo(again);
  });

  it('takes no messages on a connection that began before its identity changed, so it is made anew', async () => {
    const two = await aTransport('node-2', { identity: anIdentity('node-2', null) });
    let sent = 0;
    const tap = new Tap(two.address, (connection) => {
      connection.change = (chunk) => {
        // The second is the proof: the acceptor has introduced itself, and does not know yet that it will be believed.
        if ((sent += 1) === 2) two.transport.setIdentity(anIdentity('node-2'));
        return chunk;
      };
    });
    closedAtTheEnd(await tap.open());
    const one = await aTransport('node-1', { limits: quick });
    one.reach({ nodeId: 'node-2', address: tap.address });
    await one.firstMessageTo(two);
  });

  it('sends no message to another incarnation than the one that shook hands', async () => {
    const { one, two } = await twoTransports();
    const to = memberId('node-2', 'an earlier life');
    one.transport.send({ type: 'timeout-now', from: memberId('node-1', 'node-1-1'), to, term: 1 });
    await until(() => one.unreachable.includes('node-2'));
    one.append('node-2', 1);
    await until(() => two.messages.length > 0);
    expect(two.indexes).toEqual([1]);
  });

  it('drops what a full queue cannot hold, tells it, and delivers the rest in order', async () => {
    const limits = { queueBytes: 64 << 10, queueFrames: 100, ...quick };
    const one = await aTransport('node-1', { limits });
    const two = await aTransport('node-2', { limits });
    const tap = closedAtTheEnd(await new Tap(two.address).open());
    one.reach(two, tap.address);
    await one.firstMessageTo(two);
    const before = one.transport.stats().dropped;
    tap.connections[0]!.hold();
    let index = 0;
    // What the kernel buffers between the two take is not the transport's.
    while (one.transport.stats().dropped === before) {
      one.append('node-2', ++index, 10_000);
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (index > 10_000) throw new Error('nothing was dropped');
    }
    await until(() => one.unreachable.includes('node-2'));
    tap.connections[0]!.release();
    await until(() => two.messages.length === index - 1);
    expect(two.indexes).toEqual(Array.from({ length: index - 1 }, (_, n) => n + 1));
  });

  it('does not let bulk requests hold up messages', async () => {
    const one = await aTransport('node-1');
    const two = await aTransport('node-2');
    const tap = closedAtTheEnd(await new Tap(two.address).open());
    one.reach(two, tap.address);
    await one.firstMessageTo(two);
    expect(tap.connections).toHaveLength(1);
    const bulk = { timeoutMs: 20_000, lane: 'bulk' } as const;
    await one.transport.request('node-2', 'snapshot/chunk', Buffer.alloc(1), bulk);
    expect(tap.connections).toHaveLength(2);
    tap.connections[1]!.hold();
    const large = one.transport.request('node-2', 'snapshot/chunk', Buffer.alloc(4 << 20), bulk);
    for (let index = 1; index <= 100; index++) one.append('node-2', index);
    await until(() => two.messages.length === 100);
    tap.connections[1]!.release();
    expect(await large).toHaveLength('snapshot/chunk:'.length + (4 << 20));
  });

  it('leaves nothing open behind when it closes, and ends what waits', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
    await until(() => sockets() === 0);
    const timers = countOpenTimers();
    const { one, two } = await twoTransports();
    await one.transport.request('node-2', 'x', Buffer.alloc(1), { timeoutMs: 10_000, lane: 'bulk' });
    two.onRequest = () => new Promise(() => undefined);
    const waiting = one.transport.request('node-2', 'slow', Buffer.alloc(0), { timeoutMs: 60_000 });
    const single = one.transport.requestAt(two.address, 'slow', Buffer.alloc(0), { timeoutMs: 60_000 });
    const outcomes = Promise.all([waiting, single].map((asked) => asked.catch((error: PeerError) => error.code)));
    await until(() => one.transport.stats().connections === 4);
    expect([timers.size > 5, sockets()]).toEqual([true, 10]);
    one.append('node-2', 99);
    await one.transport.close();
    expect(await outcomes).toEqual(['disconnected', expect.stringMatching(/^(disconnected|unreachable)$/)]);
    await until(() => two.indexes.includes(99));
    await two.transport.close();
    timers.stop();
    expect(timers.size).toBe(0);
    // A handle that was closed is gone a turn of the loop later.
    await until(() => sockets() === 0);
  });
});
