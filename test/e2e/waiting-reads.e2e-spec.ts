import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/postgres-directory';
import { Watching } from '../support/watching';
import type { World } from '../support/world';
import { aWorld } from '../support/world';

let world: World;
let at: Watching;

beforeAll(async () => void (world = await aWorld()), 60_000);
afterAll(() => world.close());
beforeEach(async () => void (at = await Watching.in(world)));
afterEach(() => at.close());

describe('a read that waits', () => {
  const path = (key: string, query: string): string => `/v1/read/${at.project.apiKey}/${key}?${query}`;
  const pending = (): Promise<unknown> => eventually('it waits', () => at.watchers.counts.poll > 0 || undefined);

  /** Sent at once: a request of supertest is sent when somebody waits for it. */
  const begun = (key: string, query: string) => world.http('get', path(key, query)).then((answer) => answer);

  it('is answered at once when the config has changed after the index', async () => {
    const { modIndex } = await at.create('app', 'value');
    const { body, headers } = await world.http('get', path('app', `waitIndex=${modIndex - 1}&wait=5m`)).expect(200);
    expect(body).toEqual({ key: 'app', version: 1, content: 'value' });
    expect(headers['etag']).toBe(`"${modIndex}"`);
  });

  it('counts under a route of its own, because it takes as long as nothing happens', async () => {
    const { modIndex } = await at.create('app');
    await world.http('get', path('app', `waitIndex=${modIndex}&wait=300ms`)).expect(304);
    const { text } = await world.http('get', '/metrics').expect(200);
    expect(text).toMatch(
      /duration_seconds_count{method="GET",route="\/v1\/read\/:apiKey\/:key\?waitIndex",status="\d+"}/,
    );
  });

  it('is answered when the config changes, and by no other change', async () => {
    const { modIndex } = await at.create('app');
    const asked = begun('app', `waitIndex=${modIndex}&wait=20s&raw=true`);
    await pending();
    await at.create('other');
    await wait(100);
    expect(at.watchers.counts.poll).toBe(1);
    const changed = await at.update('app', { n: 2 });
    const answer = await asked;
    expect([answer.status, answer.text]).toEqual([200, '{"n":2}']);
    expect(Number(answer.headers['x-config-index'])).toBeGreaterThanOrEqual(changed.modIndex);
  });

  it('is 304 when the time is over, with what goes with it', async () => {
    const { modIndex } = await at.create('app');
    await at.create('other');
    const query = `waitIndex=${modIndex}&wait=300ms`;
    const began = performance.now();
    const { headers, text } = await world.http('get', path('app', query)).expect(304);
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(text).toBe('');
    expect(headers).toMatchObject({ etag: `"${modIndex}"`, 'x-config-index': `${at.applied}` });
    expect((await world.http('get', path('app', `${query}&raw=true`)).expect(304)).headers['etag']).toBe(
      `"${modIndex}-raw"`,
    );
  });

  it('waits for a config that is not there, and is 404 when it never comes', async () => {
    const { body } = await world.http('get', path('missing', 'waitIndex=0&wait=300ms')).expect(404);
    expect(body.code).toBe('config-not-found');
    const asked = begun('missing', 'waitIndex=0&wait=20s');
    await pending();
    await at.create('missing');
    expect((await asked).body).toMatchObject({ key: 'missing', version: 1 });
  });

  it('takes a deletion for a change', async () => {
    const { modIndex } = await at.create('app');
    const asked = begun('app', `waitIndex=${modIndex}&wait=20s`);
    await pending();
    await at.remove('app');
    const answer = await asked;
    expect([answer.status, answer.body.code]).toEqual([404, 'config-not-found']);
    const index = Number(answer.headers['x-config-index']);
    expect(index).toBe(at.applied);
    await world.http('get', path('app', `waitIndex=${modIndex}&wait=20s`)).expect(404);
    const next = begun('app', `waitIndex=${index}&wait=20s`);
    await pending();
    await at.create('app');
    expect((await next).body).toMatchObject({ version: 3 });
  });

  it('is refused as soon as its API key is good no more', async () => {
    const { modIndex } = await at.create('app');
    const asked = begun('app', `waitIndex=${modIndex}&wait=20s`);
    await pending();
    await at.regenerateKey();
    const answer = await asked;
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid-api-key']);
  });

  it.each([`waitIndex=1&wait=301s`, 'wait=1s', 'waitIndex=x'])('refuses ?%s', async (query) => {
    await at.create('app');
    const { body } = await world.http('get', path('app', query)).expect(400);
    expect(body.code).toBe('validation-failed');
  });

  it('does not go with all configs at once', async () => {
    const { body } = await world.http('get', `/v1/read/${at.project.apiKey}?waitIndex=1`).expect(400);
    expect(body.errors).toMatchObject([{ parameter: 'waitIndex' }]);
  });
});
