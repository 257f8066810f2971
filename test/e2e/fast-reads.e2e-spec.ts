import type { Server } from 'node:http';
import { SampledReads } from '../../apps/server/src/read/fast/sampled-reads';
import { ServingGate } from '../../apps/server/src/common/serving-gate';
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
