import type { Response } from 'supertest';
import { problemIn } from '../support/problem';
import type { Method, TestProject, World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let project: TestProject;
let key: string;
let config: string;

beforeAll(async () => {
  world = await aWorld({ MAX_RESPONSE_BYTES: '64KiB' });
  project = await world.aProject();
  ({ key } = await world.aConfig(project, await world.aSchema({})));
  config = `/v1/projects/${project.id}/configs/${key}`;
}, 60_000);
afterAll(() => world.close());

describe('the request id', () => {
  it('is the caller’s when it is sane, in the answer and in the audit', async () => {
    const requestId = unique('request:1/a+b=@');
    const { headers } = await world
      .asAdmin('patch', `/v1/projects/${project.id}`)
      .set('X-Request-Id', requestId)
      .send({ description: 'new' });
    expect(headers['x-request-id']).toBe(requestId);
    const { body } = await world.asAdmin('get', '/v1/audit?limit=1').expect(200);
    expect(body.items[0]).toMatchObject({ requestId, command: 'project.update@1', actorId: world.admin.userId });
  });

  it.each(['a b', 'x'.repeat(129), '<script>', '"'])('is a new one instead of %j', async (requestId) => {
    const { headers } = await world.http('get', '/v1/nowhere').set('X-Request-Id', requestId);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('X-Config-Index', () => {
  const indexOf = ({ headers }: Response): number => Number(headers['x-config-index']);

  it('says which index an answer reflects and never falls', async () => {
    const before = indexOf(await world.asAdmin('get', config).expect(200));
    const changed = await world
      .asAdmin('put', `${config}?expectedVersion=1`)
      .send({ content: { port: 1 } })
      .expect(200);
    expect(indexOf(changed)).toBeGreaterThan(before);
    expect(changed.body.modIndex).toBeLessThanOrEqual(indexOf(changed));
    for (const path of [config, '/v1/projects', '/v1/audit', `${config}/revisions`, '/v1/auth/me'])
      expect(indexOf(await world.asAdmin('get', path).expect(200))).toBeGreaterThanOrEqual(indexOf(changed));
  });

  it('comes with the age of the state, where a read asks nobody else for it', async () => {
    for (const path of [config, '/v1/projects', `${config}/revisions`, '/v1/cluster']) {
      const { headers } = await world.asAdmin('get', `${path}?consistency=local`).expect(200);
      expect(headers['x-config-age']).toMatch(/^\d{1,4}$/);
      expect((await world.asAdmin('get', path).expect(200)).headers).not.toHaveProperty('x-config-age');
    }
    const missing = await world.asAdmin('get', `${config}-not-there?consistency=local`).expect(404);
    expect(missing.headers['x-config-age']).toMatch(/^\d{1,4}$/);
    const { headers } = await world.http('get', `/v1/read/${project.apiKey}?consistency=local`).expect(200);
    expect(headers['x-config-age']).toMatch(/^\d{1,4}$/);
  });

  it('is what minIndex takes, on any read', async () => {
    const index = indexOf(await world.asAdmin('get', config));
    await world.asAdmin('get', `${config}?consistency=local&minIndex=${index}`).expect(200);
    await world.http('get', `/v1/read/${project.apiKey}?minIndex=${index}`).expect(200);
  });
});

describe('an ETag', () => {
  it('fits If-Match and If-None-Match of the resource until it changes', async () => {
    const { headers, body } = await world.asAdmin('get', config).expect(200);
    const etag = String(headers['etag']);
    expect(etag).toBe(`"${body.modIndex}"`);
    const again = await world.asAdmin('get', config).set('If-None-Match', etag).expect(304);
    expect(again.text).toBe('');
    const put = await world.asAdmin('put', config).set('If-Match', etag).send({ content: 2 }).expect(200);
    expect(put.headers['etag']).not.toBe(etag);
    await world.asAdmin('get', config).set('If-None-Match', etag).expect(200);
    problemIn(await world.asAdmin('put', config).set('If-Match', etag).send({ content: 3 }), 412, 'version-conflict');
    const both = world.asAdmin('put', config).set('If-Match', String(put.headers['etag']));
    problemIn(await both.send({ content: 3, expectedVersion: 1 }), 409, 'version-conflict');
  });

  it('may stand in a list of which any holds; a weak one never does', async () => {
    const { headers } = await world.asAdmin('get', config).expect(200);
    const put = (ifMatch: string, content: number) =>
      world.asAdmin('put', config).set('If-Match', ifMatch).send({ content });
    problemIn(await put(`W/${headers['etag']}`, 4), 412, 'version-conflict');
    await put(`"1", ${headers['etag']}, "elsewhere"`, 4).expect(200);
    await put('*', 5).expect(200);
    problemIn(await put(`"1", ${headers['etag']}`, 6), 412, 'version-conflict');
    expect(problemIn(await put('"1", *', 6), 400, 'validation-failed').errors).toMatchObject([{ header: 'If-Match' }]);
  });

  it('comes with a failed If-Match, also of what has no version to tell', async () => {
    const fresh = await world.aProject();
    const schema = await world.aSchema({});
    const user = await world.aMember(fresh, 'viewer');
    const { key: name } = await world.aConfig(fresh, schema);
    const at = `/v1/projects/${fresh.id}`;
    const changes: readonly [Method, string, object, string?][] = [
      ['patch', `/v1/users/${user.userId}`, { name: 'new' }],
      ['delete', `/v1/users/${user.userId}`, {}],
      ['patch', at, { description: 'new' }],
      ['delete', at, {}],
      ['post', `${at}/api-key/regenerate`, {}, at],
      ['put', `${at}/configs/${name}`, { content: 1 }],
      ['post', `${at}/configs/${name}/rollback`, { targetVersion: 1 }, `${at}/configs/${name}`],
      ['delete', `${at}/configs/${name}`, {}],
      ['put', `/v1/schemas/${schema.id}`, { content: true }],
      ['delete', `/v1/schemas/${schema.id}`, {}],
    ];
    for (const [method, path, body, resource = path] of changes) {
      const failed = await world.asAdmin(method, path).set('If-Match', '"1"').send(body);
      const hasVersion = /configs|schemas/.test(path);
      expect([path, problemIn(failed, 412, 'version-conflict').currentVersion]).toEqual([
        path,
        hasVersion ? 1 : undefined,
      ]);
      const { headers } = await world.asAdmin('get', resource).expect(200);
      expect([path, failed.headers['etag']]).toEqual([path, headers['etag']]);
    }
    const role = `${at}/roles/${user.userId}`;
    const failed = await world.asAdmin('patch', role).set('If-Match', '"1"').send({ role: 'admin' });
    problemIn(failed, 412, 'version-conflict');
    const etag = String(failed.headers['etag']);
    await world.asAdmin('delete', role).set('If-Match', etag).expect(204);
  });

  it.each(['/v1/auth/me', '/v1/projects'])('is on no answer that is no single resource: %s', async (path) => {
    expect((await world.asAdmin('get', path).expect(200)).headers['etag']).toBeUndefined();
  });

  it('comes with Location when something is created, and both lead there', async () => {
    const created = await world
      .asAdmin('post', '/v1/schemas')
      .send({ name: unique('schema'), content: true })
      .expect(201);
    const found = await world.asAdmin('get', String(created.headers['location'])).expect(200);
    expect(found.body).toEqual(created.body);
    expect(found.headers['etag']).toBe(created.headers['etag']);
  });
});

describe('a list', () => {
  it('goes page by page, stable while others come and go', async () => {
    const fresh = await world.aProject();
    const schema = await world.aSchema({});
    const path = `/v1/projects/${fresh.id}/configs`;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.aConfig(fresh, schema, name, name);
    const first = (await world.asAdmin('get', `${path}?limit=2`).expect(200)).body;
    expect(first.items.map((item: { key: string }) => item.key)).toEqual(['a', 'b']);
    await world.asAdmin('delete', `${path}/b`).expect(204);
    await world.aConfig(fresh, schema, 'aa', 1);
    await world.aConfig(fresh, schema, 'f', 1);
    const keys: string[] = [];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const page = (await world.asAdmin('get', `${path}?limit=2&cursor=${cursor}`).expect(200)).body;
      keys.push(...page.items.map((item: { key: string }) => item.key));
      cursor = page.nextCursor;
    }
    expect(keys).toEqual(['c', 'd', 'e', 'f']);
  });

  it('of 200 items is allowed, and one too large stops early with a cursor', async () => {
    const fresh = await world.aProject();
    const schema = await world.aSchema({});
    const text = 'x'.repeat(20_000);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.aConfig(fresh, schema, name, text);
    const path = `/v1/projects/${fresh.id}/configs?limit=200&include=content`;
    const { body } = await world.asAdmin('get', path).expect(200);
    expect(body.items).toHaveLength(3);
    expect((await world.asAdmin('get', `${path}&cursor=${body.nextCursor}`).expect(200)).body.items).toHaveLength(2);
    expect(
      (await world.asAdmin('get', `/v1/projects/${fresh.id}/configs`).expect(200)).body.items[0].content,
    ).toBeUndefined();
  });

  it('searches', async () => {
    const name = unique('Needle');
    const { id } = await world.aProject(name);
    const { body } = await world.asAdmin('get', `/v1/projects?q=${name.toUpperCase()}`).expect(200);
    expect(body).toMatchObject({ items: [{ id }], nextCursor: null });
    expect((await world.asAdmin('get', `/v1/users?q=ADMIN@`).expect(200)).body.items).toMatchObject([
      { isAdmin: true },
    ]);
    const schema = await world.aSchema({}, name);
    const found = await world.asAdmin('get', `/v1/schemas?q=${name.toUpperCase()}`).expect(200);
    expect(found.body).toMatchObject({ items: [{ id: schema.id }], nextCursor: null });
  });
});

describe('what the server serves beside the API', () => {
  it.each([
    ['/docs', 'text/html'],
    ['/openapi.json', 'application/json'],
    ['/openapi.yaml', 'text/yaml'],
    ['/problems', 'application/json'],
    ['/metrics', 'text/plain'],
    ['/health', 'application/json'],
    ['/ready', 'application/json'],
  ])('%s as %s', async (path, type) => {
    expect((await world.http('get', path).expect(200)).type).toBe(type);
  });

  it('a page for the type of each problem', async () => {
    const { body } = await world.asAdmin('get', '/v1/nowhere');
    const page = await world.http('get', body.type).set('Accept', 'text/html').expect(200);
    expect(page.text).toContain(body.title);
  });

  it('HEAD wherever GET is', async () => {
    const { headers, text } = await world.asAdmin('head', config).expect(200);
    expect([text ?? '', headers['etag']]).toEqual(['', expect.stringMatching(/^"\d+"$/)]);
  });
});
