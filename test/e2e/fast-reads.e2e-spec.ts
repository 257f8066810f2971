import type { Server } from 'node:http';
import { SampledReads } from '../../apps/server/src/read/fast/sampled-reads';
import { ServingGate } from '../../apps/server/src/common/serving-gate';
import { EventStream } from '../support/event-stream';
import type { FastPlace } from '../support/fast-read-cases';
import { counted, fastReadCases, told } from '../support/fast-read-cases';
import type { TestProject, World } from '../support/world';
import { aWorld } from '../support/world';

let world: World;
let project: TestProject;
let answered: jest.SpyInstance;

beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
  await world.aConfig(project, await world.aSchema(true), 'app', { port: 8080, text: 'ü😀' });
}, 60_000);
afterAll(() => world.close());
beforeEach(() => (answered = jest.spyOn(world.app.get(SampledReads, { strict: false }), 'answered')));
afterEach(() => answered.mockRestore());

const before: FastPlace = {
  world: () => world,
  project: () => project,
  answered: () => Promise.resolve(answered.mock.calls.length),
  answeredOneMore: (from) => Promise.resolve(expect(answered.mock.calls.length).toBe(from + 1)),
  answeredNoMore: (from) => Promise.resolve(expect(answered.mock.calls.length).toBe(from)),
};
const { fast, slow } = counted(before);

const path = (query = ''): string => `/v1/read/${project.apiKey}/app${query}`;

describe('a read that is answered before Express', () => {
  it('is not given to Express as well', () => {
    const server = world.app.getHttpServer() as Server;
    expect(server.listeners('request')).not.toContain(world.app.getHttpAdapter().getInstance());
  });

  fastReadCases(before);

  it.each(['gzip', 'br', 'gzip;q=0.5, br;q=0.4', '*'])(
    'in the codings %s is what the route answers',
    async (codings) => {
      const key = `large-${codings.replace(/[^a-z]/g, '.')}x`;
      await world.aConfig(project, await world.aSchema(true), key, { text: 'ü😀'.repeat(1_000) });
      const read = (method: 'get' | 'head', query: string, headers: object = {}) =>
        world.http(method, `/v1/read/${project.apiKey}/${key}${query}`).set({ 'Accept-Encoding': codings, ...headers });
      const first = await fast(() => read('get', ''));
      expect(first.headers['content-encoding']).toBeUndefined();
      let answer = first;
      while (answer.headers['content-encoding'] === undefined) answer = await fast(() => read('get', ''));
      expect(answer.text).toBe(first.text);
      expect(answer.headers['etag']).toMatch(/^"\d+-(gzip|br)"$/);
      for (const method of ['get', 'head'] as const)
        expect(told(await fast(() => read(method, '')))).toEqual(told(await slow(() => read(method, '?raw=false'))));
      for (const etag of [first.headers['etag'], answer.headers['etag'], `${first.headers['etag']}, *`, '*']) {
        const known = await fast(() => read('get', '', { 'If-None-Match': etag }));
        expect(known.status).toBe(304);
        expect(told(known)).toEqual(told(await slow(() => read('get', '?raw=false', { 'If-None-Match': etag }))));
      }
    },
  );

  it('leaves to the route who takes no plain bytes', async () => {
    const answer = await slow(() => world.http('get', path()).set('Accept-Encoding', 'gzip, identity;q=0'));
    expect(answer.headers['content-encoding']).toBe('gzip');
    await fast(() => world.http('get', path()).set('Accept-Encoding', 'gzip, identity;q=0').expect(200, answer.text));
  });

  it('is refused while the node must not serve', async () => {
    const gate = world.app.get(ServingGate, { strict: false });
    gate.wait('for the test');
    try {
      expect((await slow(() => world.http('get', path()))).status).toBe(503);
    } finally {
      gate.open();
    }
    await fast(() => world.http('get', path()).expect(200));
  });
});

describe('all configs of a project', () => {
  it.each(['get', 'head'] as const)('are answered to %s without the route once they are at hand', async (method) => {
    const own = await world.aProject();
    const schema = await world.aSchema(true);
    await world.aConfig(own, schema, 'one', { port: 1 });
    const read = (query = '') => world.http(method, `/v1/read/${own.apiKey}${query}`);
    const byHeader = () => world.http(method, '/v1/read').set('X-API-Key', own.apiKey);
    const first = await slow(() => read());
    const { body } = await fast(() => read());
    if (method === 'get') expect(body).toMatchObject({ items: [{ key: 'one' }] });
    expect(told(await fast(() => read()))).toEqual(told(first));
    expect(told(await fast(() => byHeader()))).toEqual(told(first));
    expect(told(await fast(() => read('?consistency=local')))).toMatchObject({ hasAge: true });
    await fast(() => read().set('If-None-Match', String(first.headers['etag'])).expect(304));
    await world.aConfig(own, schema, 'two', { port: 2 });
    const later = await slow(() => read());
    expect(later.headers['etag']).not.toBe(first.headers['etag']);
    expect(told(await fast(() => read()))).toEqual(told(later));
  });
});

describe('a read of an index that is not there yet', () => {
  it('is left to the route, which waits for it', async () => {
    const { headers } = await fast(() => world.http('get', path()));
    const next = Number(headers['x-config-index']) + 1;
    const waiting = slow(() => world.http('get', path(`?minIndex=${next}`)));
    await world.aProject();
    expect(Number((await waiting).headers['x-config-index'])).toBeGreaterThanOrEqual(next);
    await fast(() => world.http('get', path(`?minIndex=${next}`)).expect(200));
  });
});

async function aNodeWith(
  variables: Readonly<Record<string, string>>,
  check: (node: World, key: string) => Promise<void>,
) {
  const node = await aWorld(variables);
  try {
    const own = await node.aProject();
    await node.aConfig(own, await node.aSchema(true), 'app');
    await check(node, own.apiKey);
  } finally {
    await node.close();
  }
}
const answeredBy = (node: World) => jest.spyOn(node.app.get(SampledReads, { strict: false }), 'answered');

describe('a node that counts reads', () => {
  it('counts those before Express and those on the route together, and refuses on the route', () =>
    aNodeWith({ RATE_LIMIT_READ: '6' }, async (node, apiKey) => {
      const answered = answeredBy(node);
      const read = (query = '') => node.http('get', `/v1/read/${apiKey}/app${query}`);
      const left: (string | undefined)[] = [];
      for (const query of ['', '?raw=false', '', '', '?raw=false']) {
        const { headers } = await read(query).expect(200);
        expect(headers['ratelimit-limit']).toBe('6');
        expect(Number(headers['ratelimit-reset'])).toBeGreaterThan(0);
        left.push(headers['ratelimit-remaining'] as string | undefined);
      }
      expect(left).toEqual(['5', '4', '3', '2', '1']);
      expect(answered).toHaveBeenCalledTimes(3);
      const stream = await EventStream.open(`${node.url}/v1/watch/${apiKey}`);
      expect([stream.status, stream.response.headers['ratelimit-remaining']]).toEqual([200, '0']);
      stream.close();
      expect((await read()).body).toMatchObject({ code: 'rate-limited' });
      expect(answered).toHaveBeenCalledTimes(3);
    }));
});

describe('a node behind a proxy', () => {
  const secured = 'strict-transport-security';

  it('believes the proxy that the client used HTTPS', () =>
    aNodeWith({ TRUST_PROXY: 'loopback' }, async (node, apiKey) => {
      const answered = answeredBy(node);
      for (const [proto, isSecure] of [
        ['https', true],
        ['https, http', true],
        ['http', false],
        [undefined, false],
      ] as const) {
        const read = (query: string) => {
          const asked = node.http('get', `/v1/read/${apiKey}/app${query}`);
          return proto === undefined ? asked : asked.set('X-Forwarded-Proto', proto);
        };
        const [one, route] = [await read(''), await read('?raw=false')];
        expect(secured in one.headers).toBe(isSecure);
        expect(told(one)).toEqual(told(route));
      }
      expect(answered).toHaveBeenCalledTimes(4);
    }));

  it('believes no other', () =>
    aNodeWith({ TRUST_PROXY: '192.0.2.1' }, async (node, apiKey) => {
      const { headers } = await node.http('get', `/v1/read/${apiKey}/app`).set('X-Forwarded-Proto', 'https');
      expect(secured in headers).toBe(false);
    }));
});
