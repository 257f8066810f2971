import { Tap } from '../../test/a-tap';
import { anIdentity, aTransport, closeAll, closedAtTheEnd, twoTransports, until } from '../../test/a-transport';
import { PeerError } from './transport';

const quick = { backOffMinMs: 5, backOffMaxMs: 20 };

describe('requests over the TCP transport', () => {
  afterEach(closeAll);

  it('answers requests in both directions at once, each with its own answer', async () => {
    const { one, two } = await twoTransports();
    one.onRequest = two.onRequest = async (method, body) => {
      // Later ones are answered earlier.
      await new Promise((resolve) => setTimeout(resolve, 20 - Number(body.toString()) / 10));
      return Buffer.from(`${method} ${body.toString()}`);
    };
    const ask = async (from: typeof one, to: string) => {
      const numbers = Array.from({ length: 100 }, (_, n) => n);
      const options = { timeoutMs: 10_000 };
      const answers = numbers.map((n) => from.transport.request(to, 'echo', Buffer.from(String(n)), options));
      expect((await Promise.all(answers)).map(String)).toEqual(numbers.map((n) => `echo ${n}`));
    };
    await Promise.all([ask(one, 'node-2'), ask(two, 'node-1')]);
  });

  it('hands the code and message of a refusal to the asker', async () => {
    const { one, two } = await twoTransports();
    two.onRequest = () => Promise.reject(new PeerError('no-leader', 'nobody leads'));
    const answer = one.transport.request('node-2', 'propose', Buffer.alloc(1), { timeoutMs: 10_000 });
    await expect(answer).rejects.toMatchObject({ name: 'PeerError', code: 'no-leader', message: 'nobody leads' });
    two.onRequest = () => Promise.reject(new Error('a surprise'));
    const surprise = one.transport.request('node-2', 'propose', Buffer.alloc(1), { timeoutMs: 10_000 });
    await expect(surprise).rejects.toMatchObject({ code: 'failed', message: 'a surprise' });
  });

  it('gives up on an answer in time, and passes over it when it comes after all', async () => {
    const { one, two } = await twoTransports();
    let answer = (_: Uint8Array): void => undefined;
    two.onRequest = () => new Promise((resolve) => (answer = resolve));
    const late = one.transport.request('node-2', 'slow', Buffer.alloc(0), { timeoutMs: 30 });
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
    answer(Buffer.from('too late'));
    two.onRequest = () => Promise.resolve(Buffer.from('in time'));
    const next = await one.transport.request('node-2', 'quick', Buffer.alloc(0), { timeoutMs: 10_000 });
    expect(String(next)).toBe('in time');
  });

  it('does not send a request that nobody waits for any more, and says that it was not seen', async () => {
    const one = await aTransport('node-1');
    const two = await aTransport('node-2');
    const tap = closedAtTheEnd(await new Tap(two.address).open());
    one.reach(two, tap.address);
    await one.firstMessageTo(two);
    const seen: string[] = [];
    two.onRequest = (method) => {
      seen.push(method);
      return Promise.resolve(Buffer.alloc(0));
    };
    tap.connections[0]!.hold();
    const ask = (method: string, timeoutMs: number, bytes = 0) =>
      one.transport.request('node-2', method, Buffer.alloc(bytes), { timeoutMs }).then(
        () => 'answered',
        (error: PeerError) => error.code,
      );
    // More than the kernel takes, so that what comes after it stays in the queue.
    const large = [ask('large', 20_000, 7 << 20), ask('large', 20_000, 7 << 20)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask('given up', 30)).toBe('unreachable');
    tap.connections[0]!.release();
    expect(await Promise.all(large)).toEqual(['answered', 'answered']);
    expect(await ask('last', 20_000)).toBe('answered');
    expect(seen).toEqual(['large', 'large', 'last']);
  });

  it('asks an address whose node it does not know, without a cluster on either side', async () => {
    const one = await aTransport('node-1', { identity: anIdentity('node-1', null) });
    const two = await aTransport('node-2', { identity: anIdentity('node-2', null) });
    const body = Buffer.from('?');
    const { from, body: answer } = await one.transport.requestAt(two.address, 'who', body, { timeoutMs: 10_000 });
    expect([from, String(answer)]).toEqual([anIdentity('node-2', null), 'who:?']);
    expect(two.peers).toEqual([anIdentity('node-1', null)]);
  });

  it('still gets the answers to what it asked under its old identity', async () => {
    const one = await aTransport('node-1', { identity: anIdentity('node-1', null), limits: quick });
    const two = await aTransport('node-2', { limits: quick });
    one.reach(two);
    let answer = (_: Uint8Array): void => undefined;
    two.onRequest = () => new Promise((resolve) => (answer = resolve));
    const asked = one.transport.request('node-2', 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
    await until(() => two.transport.stats().framesReceived > 0);
    one.transport.setIdentity(anIdentity('node-1'));
    await one.firstMessageTo(two);
    answer(Buffer.from('welcome'));
    expect(String(await asked)).toBe('welcome');
  });

  it('closes a bulk connection that nobody uses, and opens it for the next request', async () => {
    const { one } = await twoTransports({ pingMs: 10, silenceMs: 5000, idleMs: 30 });
    const bulk = { timeoutMs: 10_000, lane: 'bulk' } as const;
    const connections = () => one.transport.stats().connections;
    const before = connections();
    await one.transport.request('node-2', 'a', Buffer.alloc(1), bulk);
    expect(connections()).toBe(before + 1);
    await until(() => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length === 4);
    await one.transport.request('node-2', 'b', Buffer.alloc(1), bulk);
    expect(connections()).toBe(before + 2);
  });

  it('asks no more than it may at once, and answers no more either', async () => {
    const { one, two } = await twoTransports({ requestsInFlight: 3 });
    two.onRequest = () => new Promise(() => undefined);
    const ask = (): Promise<string> => {
      const answer = one.transport.request('node-2', 'slow', Buffer.alloc(0), { timeoutMs: 200 });
      return answer.then(String, (error: PeerError) => error.code);
    };
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual(['timeout', 'timeout', 'timeout', 'unreachable']);
    expect(await ask()).toBe('overloaded');
  });

  it('refuses a request and an answer beyond the limit, and stays connected', async () => {
    const { one, two } = await twoTransports({ frameBytes: 10_000 });
    const options = { timeoutMs: 10_000 };
    const large = one.transport.request('node-2', 'x', Buffer.alloc(10_001), options);
    await expect(large).rejects.toMatchObject({ code: 'too-large' });
    two.onRequest = () => Promise.resolve(Buffer.alloc(10_001));
    const answer = one.transport.request('node-2', 'x', Buffer.alloc(1), options);
    await expect(answer).rejects.toMatchObject({ code: 'too-large' });
    one.append('node-2', 1, 10_001);
    one.append('node-2', 2, 1000);
    await until(() => two.messages.length > 0);
    expect(two.indexes).toEqual([2]);
    expect(one.transport.stats().connections).toBe(2);
  });
});
