import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { WorkerChannel } from './worker-channel';

describe('the channel to a read worker', () => {
  it('gives a worker up for which too much waits', async () => {
    let isBehind = false;
    const never = new Duplex({ write: () => undefined, read: () => undefined });
    const channel = new WorkerChannel(never as unknown as Socket, {
      onMessage: () => undefined,
      onBehind: () => (isBehind = true),
      mostUnsentBytes: 1_000,
    });
    for (let n = 0; n < 10; n++) channel.sendFrame(Buffer.alloc(90));
    expect(isBehind).toBe(false);
    for (let n = 0; n < 10; n++) channel.sendFrame(Buffer.alloc(90));
    expect(isBehind).toBe(true);
    channel.close();
    await turn();
  });
});
