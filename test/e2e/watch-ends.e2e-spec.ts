import { connect } from 'node:net';
import { ServingGate } from '../../apps/server/src/common/serving-gate';
import { Watchers } from '../../apps/server/src/read/watch/watchers';
import { EventStream } from '../support/event-stream';
import { eventually } from '../support/postgres-directory';
import { Watching } from '../support/watching';
import type { World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let at: Watching;

beforeAll(async () => void (world = await aWorld({ MAX_CONTENT_BYTES: '2MiB', MAX_REQUEST_BYTES: '4MiB' })), 60_000);
afterAll(() => world.close());
beforeEach(async () => void (at = await Watching.in(world)));
afterEach(() => at.close());

describe('a watch ends', () => {
  it('when its API key is replaced, and tells nothing more', async () => {
    const stream = await at.watch();
    await at.regenerateKey();
    await at.create('app');
    await stream.ended();
    expect(stream.events).toEqual([]);
    expect((await at.watch()).status).toBe(401);
  });

  it('when the time of a replaced API key is over', async () => {
    const stream = await at.watch();
    await at.regenerateKey({ gracePeriodSeconds: 1 });
    await at.create('in-time');
    await stream.first(1);
    await stream.ended();
  });

  it('when its project is deleted', async () => {
    const stream = await at.watch('', { lastEventId: '0' });
    await stream.first(1);
    await world.asAdmin('delete', `/v1/projects/${at.project.id}`).expect(204);
    await stream.ended();
  });

  it('when the node must not serve any more', async () => {
    const stream = await at.watch();
    const gate = world.app.get(ServingGate, { strict: false });
    gate.wait('for the test');
    try {
      await stream.ended();
    } finally {
      gate.open();
    }
    expect(stream.events).toEqual([]);
  });

  it('for a client that does not read, and for nobody else', async () => {
    const reading = await at.watch('?keys=large');
    const cutOffs = at.watchers.cutOffs;
    const before = at.watchers.counts.stream;
    const { hostname, port } = new URL(world.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /v1/watch/${at.project.apiKey} HTTP/1.1\r\nHost: node\r\n\r\n`);
    await eventually('it is counted', () => at.watchers.counts.stream === before + 1 || undefined);
    const text = 'x'.repeat(1_900_000);
    await at.create('large', text);
    let version = 1;
    while (at.watchers.cutOffs === cutOffs && version < 30)
      ({ version } = await at.update('large', `${version}${text}`));
    expect(at.watchers.cutOffs).toBe(cutOffs + 1);
    await eventually('it is gone', () => at.watchers.counts.stream === before || undefined);
    await reading.until('all of it', () => reading.events.length === version);
    expect(reading.events.map(({ data }) => (data as { version: number }).version)).toEqual(
      Array.from({ length: version }, (_, n) => n + 1),
    );
    socket.destroy();
  }, 60_000);

  it('and leaves nothing behind', async () => {
    const before = at.watchers.counts.stream;
    const opened = await Promise.all(Array.from({ length: 50 }, () => at.watch()));
    expect(at.watchers.counts.stream).toBe(before + 50);
    expect((await world.http('get', '/metrics')).text).toContain(
      `config_guardian_watchers{kind="stream"} ${before + 50}`,
    );
    for (const stream of opened) stream.close();
    await eventually('they are gone', () => at.watchers.counts.stream === before || undefined);
  });
});

it('ends all streams and waiting reads when the node stops', async () => {
  const own = await aWorld();
  const its = await own.aProject();
  const stream = await EventStream.open(`${own.url}/v1/watch/${its.apiKey}`);
  const waiting = own
    .http('get', `/v1/read/${its.apiKey}/${unique('key')}?waitIndex=0&wait=5m`)
    .then((answer) => answer);
  const ofOwn = own.app.get(Watchers, { strict: false });
  await eventually('it waits', () => ofOwn.counts.poll > 0 || undefined);
  const closed = own.close();
  await stream.ended();
  expect((await waiting).body).toMatchObject({ code: 'not-ready', status: 503 });
  await closed;
}, 30_000);
