import type { AppendMessage } from '@config-guardian/raft';
import { anAuthority } from '../../test/a-certificate';
import { aTransport, closeAll, until } from '../../test/a-transport';

const authority = anAuthority('the cluster');
const limits = { backOffMinMs: 5, backOffMaxMs: 20 };

describe('the TCP transport with TLS', () => {
  afterEach(closeAll);

  it('carries messages and requests between nodes whose certificates are of the same authority', async () => {
    const [one, two] = [
      await aTransport('node-1', { tls: authority.issue('127.0.0.1'), limits }),
      await aTransport('node-2', { tls: authority.issue('127.0.0.1'), limits }),
    ];
    one.reach(two);
    await one.firstMessageTo(two);
    one.append('node-2', 5, 3_000_000);
    await until(() => two.messages.length === 1);
    const [entry] = (two.messages[0] as AppendMessage).entries;
    expect(entry!.type === 'command' && Buffer.alloc(3_000_000, 5).equals(entry!.data)).toBe(true);
    const answer = await one.transport.request('node-2', 'who', Buffer.from('?'), { timeoutMs: 10_000 });
    expect(String(answer)).toBe('who:?');
  });

  it.each([
    ['of another authority', anAuthority('somebody else').issue('127.0.0.1')],
    ['of no use', undefined],
  ])('lets nobody in whose certificate is %s', async (_, tls) => {
    const one = await aTransport('node-1', { tls: tls && { ...tls, ca: authority.ca }, limits });
    const two = await aTransport('node-2', { tls: authority.issue('127.0.0.1'), limits });
    one.reach(two);
    await until(() => (two.refused.tls ?? 0) > 0);
    const asked = one.transport.requestAt(two.address, 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ code: 'refused' });
    expect([one.peers, two.peers]).toEqual([[], []]);
  });

  it('says nothing to a node whose certificate is for another host, or of another authority', async () => {
    const one = await aTransport('node-1', { tls: authority.issue('127.0.0.1'), limits });
    for (const tls of [authority.issue('node-2.test'), { ...anAuthority('x').issue('127.0.0.1'), ca: authority.ca }]) {
      const two = await aTransport('node-2', { tls, limits });
      const asked = one.transport.requestAt(two.address, 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
      await expect(asked).rejects.toMatchObject({ code: 'refused' });
    }
    expect(one.refused).toEqual({ tls: 2 });
  });

  it('takes another certificate and another authority while it runs, for connections from then on', async () => {
    const next = anAuthority('the next one');
    const [one, two] = [
      await aTransport('node-1', { tls: authority.issue('127.0.0.1'), limits }),
      await aTransport('node-2', { tls: authority.issue('127.0.0.1'), limits }),
    ];
    const ask = (): Promise<string> =>
      one.transport.requestAt(two.address, 'join', Buffer.from('?'), { timeoutMs: 10_000 }).then(
        ({ body }) => String(body),
        ({ code }: { code: string }) => code,
      );
    const both = authority.ca + next.ca;
    const steps: readonly (readonly [() => void, string])[] = [
      [() => undefined, 'join:?'],
      // The other side has it first, and nobody has been told of the new authority.
      [() => two.transport.setTls(next.issue('127.0.0.1')), 'refused'],
      [() => one.transport.setTls({ ...authority.issue('127.0.0.1'), ca: both }), 'refused'],
      [() => two.transport.setTls({ ...next.issue('127.0.0.1'), ca: both }), 'join:?'],
      [() => two.transport.setTls(next.issue('127.0.0.1')), 'refused'],
      [() => one.transport.setTls(next.issue('127.0.0.1')), 'join:?'],
    ];
    for (const [step, answer] of steps) {
      step();
      expect(await ask()).toBe(answer);
    }
    const plain = await aTransport('node-3', { limits });
    expect(() => plain.transport.setTls(next.issue('127.0.0.1'))).toThrow(TypeError);
  });

  it('still asks for the secret', async () => {
    const one = await aTransport('node-1', { tls: authority.issue('127.0.0.1'), secrets: ['another'], limits });
    const two = await aTransport('node-2', { tls: authority.issue('127.0.0.1'), limits });
    one.reach(two);
    await until(() => (two.refused.secret ?? 0) > 0);
    expect(two.peers).toEqual([]);
  });

  it('does not wait for ever for who connects and does not begin', async () => {
    const two = await aTransport('node-2', { tls: authority.issue('127.0.0.1'), limits: { handshakeMs: 50 } });
    const one = await aTransport('node-1', { limits });
    const asked = one.transport.requestAt(two.address, 'join', Buffer.alloc(0), { timeoutMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ code: 'refused' });
    await two.transport.close();
  });
});
