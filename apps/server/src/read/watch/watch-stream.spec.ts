import type { ServerResponse } from 'node:http';
import { EventEmitter } from 'node:events';
import { ChangeRing } from './change-ring';
import { EventFrames } from './event-frames';
import type { WatchedKeys } from './event-frames';
import { WatchStream } from './watch-stream';

/** A client that takes so many writes until it says so. */
class Client extends EventEmitter {
  readonly sent: string[] = [];
  readonly chunks: (Buffer | string)[] = [];
  destroyed = false;
  writableEnded = false;
  room = Number.POSITIVE_INFINITY;

  write(frame: Buffer | string): boolean {
    if (this.destroyed || this.writableEnded) throw new Error('written after the end');
    this.chunks.push(frame);
    this.sent.push(String(frame));
    return --this.room > 0;
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  takes(room: number): void {
    this.room = room;
    this.emit('drain');
  }
}

const frames = new EventFrames();

function aStream({ position = 0, keys = null as WatchedKeys } = {}) {
  const world = { ring: new ChangeRing(), applied: 0, mayTell: true, cutOffs: 0 };
  const client = new Client();
  const stream = new WatchStream(
    {
      ring: world.ring,
      frames,
      appliedIndex: () => world.applied,
      snapshot: () => ['{"index":1,"items":[', ']}'],
      mayTell: () => world.mayTell,
      onCutOff: () => (world.cutOffs += 1),
    },
    client as unknown as ServerResponse,
    { projectId: 'p', apiKeyHash: 'hash' },
    keys,
    position,
  );
  const change = (index: number, key = 'k', content = '1'): void => {
    world.ring.add(index, 'p', { key, version: index, content });
    world.applied = index;
  };
  const ids = (): number[] => [...client.sent.join('').matchAll(/^id: (\d+)\nevent/gm)].map(([, id]) => Number(id));
  return { world, client, stream, change, ids };
}

describe('a stream', () => {
  it('tells the changes of one index in one event, those that are watched', () => {
    const { stream, change, client } = aStream({ keys: new Set(['a', 'b']) });
    stream.begin();
    for (const key of ['a', 'b', 'c']) change(1, key);
    for (const key of ['a', 'c']) change(2, key);
    change(3, 'c');
    stream.wake();
    expect(client.sent.slice(1)).toEqual([
      'id: 1\nevent: changes\ndata: [{"key":"a","version":1,"content":1},{"key":"b","version":1,"content":1}]\n\n',
      'id: 2\nevent: change\ndata: {"key":"a","version":2,"content":1}\n\n',
    ]);
    stream.beat();
    expect(client.sent.at(-1)).toBe(': still here\nid: 3\n\n');
  });

  it('sends the same bytes to all', () => {
    const [one, other] = [aStream(), aStream({ keys: new Set(['k']) })];
    const { change } = one;
    change(1);
    const event = one.world.ring.after('p', 0);
    jest.spyOn(other.world.ring, 'after').mockImplementation((_p, index) => (index < 1 ? event : undefined));
    one.stream.begin();
    other.stream.begin();
    expect(one.client.chunks[1]).toBeInstanceOf(Buffer);
    expect(one.client.chunks[1]).toBe(other.client.chunks[1]);
  });

  it('takes from the ring what the client has room for, and goes on when it has more', () => {
    const { stream, change, client, ids } = aStream();
    client.room = 3;
    for (let index = 1; index <= 9; index += 1) change(index);
    stream.begin();
    expect(ids()).toEqual([1, 2]);
    stream.beat();
    change(10);
    stream.wake();
    expect(ids()).toEqual([1, 2]);
    client.takes(4);
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6]);
    client.takes(100);
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('never goes backwards when it is ahead of the node', () => {
    const { stream, change, client, ids } = aStream({ position: 5 });
    for (let index = 1; index <= 4; index += 1) change(index);
    stream.begin();
    stream.beat();
    expect(client.sent.join('')).not.toMatch(/^id: [1-4]$/m);
    for (let index = 5; index <= 6; index += 1) change(index);
    stream.wake();
    expect(ids()).toEqual([6]);
  });

  it('resyncs a slow client that the ring has left behind, once, whole, and then goes on', () => {
    const { stream, change, client, world, ids } = aStream();
    client.room = 2;
    change(1);
    stream.begin();
    world.ring.restart(50);
    world.applied = 60;
    client.takes(2);
    change(61);
    client.takes(100);
    stream.wake();
    expect(ids()).toEqual([1, 60, 61]);
    expect(client.sent.join('')).toContain('event: resync\ndata: {"index":1,"items":[]}\n\nid: 61\n');
  });

  it('is cut off when too much waits for a client that does not read', () => {
    const { stream, change, client, world } = aStream();
    client.room = 1;
    stream.begin();
    for (let index = 1; index <= 9; index += 1) {
      change(index, 'k', `"${'x'.repeat(1024 ** 2)}"`);
      stream.wake();
      expect([index, client.destroyed]).toEqual([index, index >= 8]);
    }
    expect(world.cutOffs).toBe(1);
  });

  it('does not count for a slow client what it does not watch', () => {
    const { stream, change, client } = aStream({ keys: new Set(['quiet']) });
    client.room = 1;
    stream.begin();
    for (let index = 1; index <= 20; index += 1) change(index, 'k', `"${'x'.repeat(1024 ** 2)}"`);
    stream.wake();
    expect(client.destroyed).toBe(false);
  });

  it('tells a client that has room again nothing that it must not see any more', () => {
    const { stream, change, client, world, ids } = aStream();
    client.room = 1;
    stream.begin();
    change(1);
    world.mayTell = false;
    client.takes(10);
    expect([client.writableEnded, ids()]).toEqual([true, []]);
  });

  it('writes nothing after it has ended', () => {
    const { stream, change, client } = aStream();
    stream.begin();
    stream.end();
    change(1);
    stream.wake();
    stream.beat();
    expect(client.sent).toHaveLength(1);
  });
});
