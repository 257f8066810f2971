import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { ConnectionDealer } from './connection-dealer';

class Waiting {
  isListening = true;
  readonly taken: Socket[] = [];
  isSlow = false;

  get isTaking(): boolean {
    return this.isSlow && this.taken.length > 0;
  }

  take(connection: Socket): void {
    this.taken.push(connection);
  }
}

describe('ConnectionDealer', () => {
  const takers = [new Waiting(), new Waiting(), new Waiting()] as const;
  const dealer = new ConnectionDealer(takers);
  const clients: Socket[] = [];
  let port: number;
  beforeAll(async () => (port = await dealer.listen(0, '127.0.0.1')));
  afterEach(() => {
    for (const socket of [...clients.splice(0), ...takers.flatMap(({ taken }) => taken.splice(0))]) socket.destroy();
    for (const taker of takers) [taker.isListening, taker.isSlow] = [true, false];
  });
  afterAll(() => dealer.close());

  const counts = (): readonly number[] => takers.map(({ taken }) => taken.length);

  async function come(count: number): Promise<readonly number[]> {
    const before = counts().reduce((sum, one) => sum + one, 0);
    for (let n = 0; n < count; n++) clients.push(connect(port, '127.0.0.1').on('error', () => undefined));
    const all = () => counts().reduce((sum, one) => sum + one, 0) - before;
    for (let waited = 0; all() < count && waited < 5_000; waited += 5) await new Promise((done) => setTimeout(done, 5));
    return counts();
  }

  it('deals in turn', async () => expect(await come(9)).toEqual([3, 3, 3]));

  it('leaves out who does not listen', async () => {
    takers[1].isListening = false;
    expect([...(await come(8))].sort()).toEqual([0, 4, 4]);
    expect(takers[1].taken).toEqual([]);
  });

  it('gives nothing more to who has not taken what it was given', async () => {
    takers[0].isSlow = true;
    const [first, ...others] = await come(12);
    expect(first).toBe(1);
    expect(others.reduce((sum, one) => sum + one, 0)).toBe(11);
  });

  it('lets them wait while all are taking, and deals them when one is free', async () => {
    for (const taker of takers) taker.isSlow = true;
    expect(await come(3)).toEqual([1, 1, 1]);
    const [late] = [connect(port, '127.0.0.1').on('error', () => undefined)];
    clients.push(late);
    await once(late, 'connect');
    await new Promise((done) => setTimeout(done, 50));
    expect(counts()).toEqual([1, 1, 1]);
    takers[2].isSlow = false;
    dealer.deal();
    expect(counts()).toEqual([1, 1, 2]);
  });

  it('has read nothing of what it hands over', async () => {
    const client = connect(port, '127.0.0.1');
    clients.push(client);
    client.write('GET / HTTP/1.1');
    while (counts().every((count) => count === 0)) await new Promise((done) => setTimeout(done, 5));
    const [socket] = takers.flatMap(({ taken }) => taken);
    const [bytes] = (await once((socket as Socket).resume(), 'data')) as [Buffer];
    expect(String(bytes)).toBe('GET / HTTP/1.1');
  });

  it('hangs up when nobody listens', async () => {
    for (const taker of takers) taker.isListening = false;
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    clients.push(client);
    await once(client, 'close');
    expect(counts()).toEqual([0, 0, 0]);
  });

  it('says that a port is taken', async () => {
    await expect(new ConnectionDealer(takers).listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
