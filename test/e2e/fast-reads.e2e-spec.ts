import type { Server } from 'node:http';
import type { Response } from 'supertest';
import { SampledReads } from '../../apps/server/src/read/fast/sampled-reads';
import { ServingGate } from '../../apps/server/src/common/serving-gate';
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

/** How it was answered without the route: counted, because from outside nobody can tell. */
async function fast(send: () => PromiseLike<Response>): Promise<Response> {
  const before = answered.mock.calls.length;
  const answer = await send();
  expect(answered.mock.calls.length).toBe(before + 1);
  return answer;
}

async function slow(send: () => PromiseLike<Response>): Promise<Response> {
  const before = answered.mock.calls.length;
  const answer = await send();
  expect(answered.mock.calls.length).toBe(before);
  return answer;
}

const path = (query = ''): string => `/v1/read/${project.apiKey}/app${query}`;

/** What differs from one answer to the next, whoever gives it. */
function told({ status, headers, text }: Response) {
  const { date: _date, 'x-request-id': requestId, 'x-config-age': age, ...same } = headers as Record<string, string>;
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  // Only that it is told: the state grows older from one answer to the next.
  return { status, headers: same, text, hasAge: age !== undefined && /^\d+$/.test(age) };
}

describe('a read that is answered before Express', () => {
  it('is not given to Express as well', () => {
    const server = world.app.getHttpServer() as Server;
    expect(server.listeners('request')).not.toContain(world.app.getHttpAdapter().getInstance());
  });

  it.each([
    ['get', '', '?minIndex=0', {}],
    ['head', '', '?minIndex=0', {}],
    ['get', '?raw=true', '?raw=true&minIndex=0', {}],
    ['get', '?consistency=local', '?consistency=local&minIndex=0', {}],
    ['get', '', '?minIndex=0', { 'If-None-Match': '"1", *' }],
    ['head', '', '?minIndex=0', { 'If-None-Match': '*' }],
    ['get', '', '?minIndex=0', { 'If-None-Match': '"1"' }],
  ] as const)('%s %s is what the route answers to %s %j', async (method, query, other, headers) => {
    const [one, route] = [
      await fast(() => world.http(method, path(query)).set(headers)),
      await slow(() => world.http(method, path(other)).set(headers)),
    ];
    expect(told(one)).toEqual(told(route));
    expect(told(one).hasAge).toBe(query.includes('local'));
  });

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
        expect(told(await fast(() => read(method, '')))).toEqual(told(await slow(() => read(method, '?minIndex=0'))));
      for (const etag of [first.headers['etag'], answer.headers['etag'], `${first.headers['etag']}, *`, '*']) {
        const known = await fast(() => read('get', '', { 'If-None-Match': etag }));
        expect(known.status).toBe(304);
        expect(told(known)).toEqual(told(await slow(() => read('get', '?minIndex=0', { 'If-None-Match': etag }))));
      }
    },
  );

  it('leaves to the route who takes no plain bytes', async () => {
    const answer = await slow(() => world.http('get', path()).set('Accept-Encoding', 'gzip, identity;q=0'));
    expect(answer.headers['content-encoding']).toBe('gzip');
    await fast(() => world.http('get', path()).set('Accept-Encoding', 'gzip, identity;q=0').expect(200, answer.text));
  });

  it('takes the key from the header, and the request id of the caller', async () => {
    const send = (query: string) =>
      world.http('get', `/v1/read/app${query}`).set({ 'X-API-Key': project.apiKey, 'X-Request-Id': 'mine-1' });
    const answer = await fast(() => send(''));
    expect(answer.body).toMatchObject({ key: 'app', version: 1, content: { port: 8080, text: 'ü😀' } });
    expect(answer.headers['x-request-id']).toBe('mine-1');
    expect((await slow(() => send('?minIndex=0'))).text).toBe(answer.text);
  });

  it('is never older than what was acknowledged, and is counted by its route', async () => {
    const configs = `/v1/projects/${project.id}/configs`;
    for (let version = 1; version <= 5; version++) {
      const content = { port: version };
      const { body } = await world.asAdmin('put', `${configs}/app`).send({ content, expectedVersion: version });
      const answer = await fast(() => world.http('get', path()));
      expect(answer.body).toEqual({ key: 'app', version: version + 1, content });
      expect(answer.headers['etag']).toBe(`"${body.modIndex}"`);
    }
    const { text } = await world.http('get', '/metrics');
    expect(text).toMatch(/_count\{method="GET",route="\/v1\/read\/:apiKey\/:key",status="200"\} \d/);
  });

  it.each([
    ['a key that is not there', () => `${path()}-not-there`, 404, 'config-not-found'],
    ['an API key that nobody has', () => `/v1/read/cfg_${'x'.repeat(43)}/app`, 401, 'invalid-api-key'],
    ['a parameter that nobody knows', () => path('?consistency=local&x=1'), 400, 'validation-failed'],
  ])('leaves %s to the route', async (_what, wanted, status, code) => {
    const answer = await slow(() => world.http('get', wanted()));
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
  });

  it('refuses an API key as soon as it was replaced', async () => {
    const other = await world.aProject();
    await world.aConfig(other, await world.aSchema(true), 'app');
    const read = (apiKey: string) => world.http('get', `/v1/read/${apiKey}/app`);
    await fast(() => read(other.apiKey).expect(200));
    const regenerated = await world.asAdmin('post', `/v1/projects/${other.id}/api-key/regenerate`).send({}).expect(200);
    await slow(() => read(other.apiKey).expect(401));
    await fast(() => read(regenerated.body.apiKey).expect(200));
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

describe('a node that counts reads, or stands behind a proxy', () => {
  it.each(['RATE_LIMIT_READ=1000', 'TRUST_PROXY=true'])('%s answers on the route', async (setting) => {
    const [name = '', value = ''] = setting.split('=');
    const node = await aWorld({ [name]: value });
    try {
      const counted = jest.spyOn(node.app.get(SampledReads, { strict: false }), 'answered');
      const own = await node.aProject();
      await node.aConfig(own, await node.aSchema(true), 'app');
      await node.http('get', `/v1/read/${own.apiKey}/app`).expect(200);
      expect(counted).not.toHaveBeenCalled();
    } finally {
      await node.close();
    }
  });
});
