import { DomainEvents } from '../../apps/server/src/consensus/domain-events';
import { ReadAdmission } from '../../apps/server/src/read/read-admission';
import { EventStream } from '../support/event-stream';
import { Watching } from '../support/watching';
import type { World } from '../support/world';
import { aWorld } from '../support/world';

let world: World;
let at: Watching;

beforeAll(async () => void (world = await aWorld()), 60_000);
afterAll(() => world.close());
beforeEach(async () => void (at = await Watching.in(world)));
afterEach(() => at.close());

describe('a watch', () => {
  it('tells every change of the project from now on, in order, under its log index', async () => {
    await at.create('before');
    const stream = await at.watch();
    expect(stream.status).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store',
    });
    const made = await at.create('app', { text: 'ü😀\n\u2028' });
    const changed = await at.update('app', [1]);
    const { body: back } = await world
      .asAdmin('post', at.path('configs/app/rollback'))
      .send({ targetVersion: 1, expectedVersion: 2 })
      .expect(200);
    await at.remove('app');
    expect(await stream.first(4)).toEqual([
      { id: `${made.modIndex}`, event: 'change', data: { key: 'app', version: 1, content: { text: 'ü😀\n\u2028' } } },
      { id: `${changed.modIndex}`, event: 'change', data: { key: 'app', version: 2, content: [1] } },
      {
        id: `${back.modIndex}`,
        event: 'change',
        data: { key: 'app', version: 3, content: { text: 'ü😀\n\u2028' } },
      },
      { id: expect.stringMatching(/^\d+$/), event: 'change', data: { key: 'app', version: 4, deleted: true } },
    ]);
  });

  it('is opened with the key in the header too, not with both', async () => {
    const headers = { 'X-API-Key': at.project.apiKey };
    const stream = await EventStream.open(`${world.url}/v1/watch?keys=app`, { headers });
    await at.create('app');
    expect(await stream.first(1)).toMatchObject([{ data: { key: 'app' } }]);
    const { body } = await world.http('get', `/v1/watch/${at.project.apiKey}`).set(headers).expect(400);
    expect(body.code).toBe('validation-failed');
  });

  it.each(['path', 'header'])(
    'is opened before Express, key in the %s, with the head that the route sends',
    async (by) => {
      const express = jest.spyOn(ReadAdmission.prototype, 'admit');
      try {
        const headers: Record<string, string> = by === 'header' ? { 'X-API-Key': at.project.apiKey } : {};
        const path = `/v1/watch${by === 'header' ? '' : `/${at.project.apiKey}`}?keys=app`;
        const head = async (query: string) => {
          const { response } = await EventStream.open(`${world.url}${path}${query}`, { headers });
          const { date: _date, 'x-request-id': id, ...rest } = response.headers;
          expect(id).toMatch(/^[\w-]{36}$/);
          return rest;
        };
        const fast = await head('');
        expect(express).not.toHaveBeenCalled();
        expect(fast).toEqual(await head('&consistency=linearizable'));
        expect(express).toHaveBeenCalledTimes(1);
      } finally {
        express.mockRestore();
      }
      const { text } = await world.http('get', '/metrics');
      expect(text).not.toContain(at.project.apiKey);
    },
  );

  it.each([
    ['?keys=', 400, 'validation-failed'],
    ['?keys=a,,b', 400, 'validation-failed'],
    ['?keys=a&keys=b', 400, 'validation-failed'],
    ['?key=a', 400, 'validation-failed'],
    ['?consistency=eventual', 400, 'validation-failed'],
  ])('refuses %s', async (query, status, code) => {
    const { body } = await world.http('get', `/v1/watch/${at.project.apiKey}${query}`).expect(status);
    expect(body.code).toBe(code);
  });

  it('refuses an API key that nobody has, and one that is missing', async () => {
    for (const path of [`/v1/watch/cfg_${'x'.repeat(43)}`, '/v1/watch'])
      expect((await world.http('get', path).expect(401)).body.code).toBe('invalid-api-key');
  });

  it('answers HEAD with the headers alone', async () => {
    const { headers } = await world.http('head', `/v1/watch/${at.project.apiKey}`).expect(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('tells of the keys that were asked for only, also of those that are not there yet, and of no other project', async () => {
    const stream = await at.watch('?keys=wanted,later');
    const other = await world.aProject();
    await world.aConfig(other, at.schema, 'wanted');
    await at.create('unwanted');
    await at.create('wanted');
    await at.create('later');
    expect((await stream.first(2)).map(({ data }) => (data as { key: string }).key)).toEqual(['wanted', 'later']);
  });

  it('goes on after Last-Event-ID without a gap and without a repeat', async () => {
    const first = await at.watch();
    await at.create('app');
    for (let n = 2; n <= 10; n += 1) await at.update('app', n);
    const all = await first.first(10);
    for (const place of [0, 4, 9]) {
      const again = await at.watch('', { lastEventId: all[place]?.id });
      const last = await at.update('app', 'again');
      const told = await again.until('the last', () => again.events.at(-1)?.id === `${last.modIndex}` && again.events);
      expect(told.slice(0, 9 - place)).toEqual(all.slice(place + 1));
    }
  });

  it('begins where a read stood that came before it', async () => {
    await at.create('app');
    const read = await world.http('get', `/v1/read/${at.project.apiKey}`).expect(200);
    const { modIndex } = await at.update('app', 2);
    const stream = await at.watch('', { lastEventId: read.headers['x-config-index'] });
    expect(await stream.first(1)).toMatchObject([{ id: `${modIndex}`, data: { version: 2 } }]);
  });

  it('says where it stands before anything happens, so that nothing is lost when it breaks at once', async () => {
    const stream = await at.watch();
    await stream.until('a position', () => stream.lastEventId);
    stream.close();
    const { modIndex } = await at.create('app');
    const again = await at.watch('', { lastEventId: stream.lastEventId });
    expect(await again.first(1)).toMatchObject([{ id: `${modIndex}` }]);
  });

  it('waits with a Last-Event-ID that is ahead of the node', async () => {
    await at.create('app');
    const ahead = at.applied + 2;
    const stream = await at.watch('', { lastEventId: `${ahead}` });
    for (let n = 2; n <= 4; n += 1) await at.update('app', n);
    expect(await stream.first(1)).toEqual([{ id: `${ahead + 1}`, event: 'change', data: expect.anything() }]);
  });

  it.each(['0', 'unknown', '-1', '1e3'])('begins with all values when Last-Event-ID is %s', async (lastEventId) => {
    await at.create('b', 2);
    await at.create('a', { n: 1 });
    const stream = await at.watch('', { lastEventId });
    const [event] = await stream.first(1);
    const snapshot = await world.http('get', `/v1/read/${at.project.apiKey}`).expect(200);
    expect(event).toEqual({ id: snapshot.headers['x-config-index'], event: 'resync', data: snapshot.body });
    await at.update('b', 3);
    expect((await stream.first(2))[1]).toMatchObject({ event: 'change', data: { key: 'b', version: 2 } });
  });

  it('resyncs the watched keys alone', async () => {
    await at.create('a');
    await at.create('b', 'value');
    const stream = await at.watch('?keys=b,missing', { lastEventId: '0' });
    expect(await stream.first(1)).toMatchObject([
      { event: 'resync', data: { items: [{ key: 'b', version: 1, content: 'value' }] } },
    ]);
  });

  it('resyncs when the state is replaced under it, and whoever comes back from before', async () => {
    await at.create('app', 'value');
    const stream = await at.watch();
    const behind = await stream.until('a position', () => stream.lastEventId);
    await world.aProject();
    world.app.get(DomainEvents, { strict: false }).replaced(at.applied);
    const late = await at.watch('', { lastEventId: behind });
    for (const each of [stream, late])
      expect(await each.first(1)).toMatchObject([
        { event: 'resync', data: { items: [{ key: 'app', content: 'value' }] } },
      ]);
    await at.update('app', 'next');
    expect((await stream.first(2))[1]).toMatchObject({ event: 'change', data: { content: 'next' } });
  });

  it('shows a sign of life with its position at least every 15 s', async () => {
    const stream = await at.watch();
    await stream.until('the greeting', () => stream.comments.length >= 1);
    await world.aProject();
    const began = performance.now();
    await stream.until('two signs of life', () => stream.comments.length >= 3);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(Number(stream.lastEventId)).toBe(at.applied);
  }, 60_000);
});
