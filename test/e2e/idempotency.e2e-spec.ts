import type { Response } from 'supertest';
import { problemIn } from '../support/problem';
import type { Method, TestProject, TestSchema, World } from '../support/world';
import { aWorld, unique } from '../support/world';

interface Write {
  readonly method: Method;
  readonly path: string;
  readonly body?: object;
  readonly status: number;
  /** What is shown by the first answer only. */
  readonly secret?: 'apiKey';
}

let world: World;
let project: TestProject;
let schema: TestSchema;
beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
  schema = await world.aSchema({});
}, 60_000);
afterAll(() => world.close());

const configs = (): string => `/v1/projects/${project.id}/configs`;
const aConfigPath = async (): Promise<string> => `${configs()}/${(await world.aConfig(project, schema)).key}`;
const anEmail = (): string => `${unique('user')}@example.com`;
const password = 'correct horse battery';

const writes: Readonly<Record<string, () => Write | Promise<Write>>> = {
  'creating a user': () => ({ method: 'post', path: '/v1/users', body: { email: anEmail(), password }, status: 201 }),
  'changing a user': async () => {
    const { userId } = await world.aUser();
    return {
      method: 'patch',
      path: `/v1/users/${userId}`,
      body: { name: 'new', password: 'another password' },
      status: 200,
    };
  },
  'deleting a user': async () => ({ method: 'delete', path: `/v1/users/${(await world.aUser()).userId}`, status: 204 }),
  'creating a project': () => ({
    method: 'post',
    path: '/v1/projects',
    body: { name: unique('p') },
    status: 201,
    secret: 'apiKey',
  }),
  'changing a project': () => ({
    method: 'patch',
    path: `/v1/projects/${project.id}`,
    body: { description: 'x' },
    status: 200,
  }),
  'deleting a project': async () => ({
    method: 'delete',
    path: `/v1/projects/${(await world.aProject()).id}`,
    status: 204,
  }),
  'a new API key': () => ({
    method: 'post',
    path: `/v1/projects/${project.id}/api-key/regenerate`,
    body: { gracePeriodSeconds: 60 },
    status: 200,
    secret: 'apiKey',
  }),
  'granting a role': async () => {
    const { email } = await world.aUser();
    return { method: 'post', path: `/v1/projects/${project.id}/roles`, body: { email, role: 'viewer' }, status: 201 };
  },
  'changing a role': async () => {
    const { userId } = await world.aMember(project, 'viewer');
    return {
      method: 'patch',
      path: `/v1/projects/${project.id}/roles/${userId}`,
      body: { role: 'editor' },
      status: 200,
    };
  },
  'revoking a role': async () => {
    const { userId } = await world.aMember(project, 'viewer');
    return { method: 'delete', path: `/v1/projects/${project.id}/roles/${userId}`, status: 204 };
  },
  'creating a schema': () => ({
    method: 'post',
    path: '/v1/schemas',
    body: { name: unique('s'), content: {} },
    status: 201,
  }),
  'changing a schema': async () => {
    const { id } = await world.aSchema({});
    return { method: 'put', path: `/v1/schemas/${id}`, body: { content: true, expectedVersion: 1 }, status: 200 };
  },
  'deleting a schema': async () => ({
    method: 'delete',
    path: `/v1/schemas/${(await world.aSchema({})).id}`,
    status: 204,
  }),
  'creating a config': () => ({
    method: 'post',
    path: configs(),
    body: { key: unique('config'), schemaId: schema.id, content: { a: [1, null] } },
    status: 201,
  }),
  'changing a config': async () => ({
    method: 'put',
    path: await aConfigPath(),
    body: { content: { b: 2 }, expectedVersion: 1 },
    status: 200,
  }),
  'rolling a config back': async () => ({
    method: 'post',
    path: `${await aConfigPath()}/rollback`,
    body: { targetVersion: 1, expectedVersion: 1 },
    status: 200,
  }),
  'deleting a config': async () => ({ method: 'delete', path: await aConfigPath(), status: 204 }),
};

const send = async ({ method, path, body }: Write, key: string): Promise<Response> =>
  world.asAdmin(method, path).set('Idempotency-Key', key).send(body);
const without = (body: object, name: string | undefined): object =>
  Object.fromEntries(Object.entries(body).filter(([member]) => member !== name));

describe.each(Object.entries(writes))('%s twice with one key', (_what, prepare) => {
  it('happens once and is answered the same way, without a secret; another request is refused', async () => {
    const [write, key] = [await prepare(), unique('once')];
    const first = await send(write, key);
    expect([first.status, first.text]).toEqual([write.status, expect.any(String)]);
    const repeated = await send(write, key);
    expect(repeated.status).toBe(first.status);
    expect(repeated.body).toEqual(without(first.body, write.secret));
    if (write.secret) expect(first.body[write.secret]).toMatch(/^cfg_/);
    expect(repeated.headers['location']).toBe(first.headers['location']);
    expect(repeated.headers['etag']).toBe(first.headers['etag']);
    const other = await send({ ...write, body: { ...write.body, more: 1 } }, key);
    problemIn(
      other,
      other.status === 400 ? 400 : 422,
      other.status === 400 ? 'validation-failed' : 'idempotency-mismatch',
    );
    const { body } = await world.asAdmin('get', '/v1/audit?limit=1').expect(200);
    expect(body.items[0].requestId).toBe(first.headers['x-request-id']);
  });
});

describe('an Idempotency-Key', () => {
  it('keeps a rejection too', async () => {
    const path = await aConfigPath();
    const early: Write = { method: 'put', path, body: { content: 1, expectedVersion: 2 }, status: 409 };
    const key = unique('once');
    problemIn(await send(early, key), 409, 'version-conflict');
    await world.asAdmin('put', path).send({ content: 2, expectedVersion: 1 }).expect(200);
    // By now the same request would succeed; its first outcome stands.
    problemIn(await send(early, key), 409, 'version-conflict');
    const other: Write = { ...early, body: { content: 3, expectedVersion: 2 }, status: 422 };
    problemIn(await send(other, key), 422, 'idempotency-mismatch');
  });

  it('is one of the actor, for one request: on another path it is refused, and others may have the same', async () => {
    const [ada, key] = [await world.aMember(project, 'admin'), unique('once')];
    const [mine, hers] = [await aConfigPath(), await aConfigPath()];
    const change = { content: 7, expectedVersion: 1 };
    await world.asAdmin('put', mine).set('Idempotency-Key', key).send(change).expect(200);
    for (const path of [hers, `${mine}/`, mine.replace('/v1/projects', '/v1/Projects')])
      problemIn(await world.asAdmin('put', path).set('Idempotency-Key', key).send(change), 422, 'idempotency-mismatch');
    await world.asAdmin('get', hers).set('Idempotency-Key', 'not a key').expect(200);
    const asAda = world
      .as(ada, 'put', mine)
      .set('Idempotency-Key', key)
      .send({ ...change, expectedVersion: 2 });
    expect((await asAda.expect(200)).body).toMatchObject({ version: 3, updatedBy: ada.userId });
  });

  it('gives the outcome even when the change has taken the right to repeat it', async () => {
    const ada = await world.aMember(project, 'admin');
    const leave = () =>
      world.as(ada, 'delete', `/v1/projects/${project.id}/roles/${ada.userId}`).set('Idempotency-Key', 'leave').send();
    await leave().expect(204);
    await leave().expect(204);
    await world.as(ada, 'get', `/v1/projects/${project.id}`).expect(404);
  });

  it('gives the same outcome to many at the same time', async () => {
    const [path, key] = [await aConfigPath(), unique('once')];
    const change: Write = { method: 'put', path, body: { content: 'once', expectedVersion: 1 }, status: 200 };
    const answers = await Promise.all(Array.from({ length: 16 }, () => send(change, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.version}`))).toEqual(new Set(['200 2']));
    expect((await world.asAdmin('get', path).expect(200)).body.version).toBe(2);
  });

  it('is of no use on /auth, where nothing is kept', async () => {
    const { email, password: secret } = await world.aUser();
    const logIn = async () =>
      world
        .http('post', '/v1/auth/login')
        .set('Idempotency-Key', 'login')
        .send({ email, password: secret })
        .expect(200);
    const [one, two] = [await logIn(), await logIn()];
    expect(two.body.refreshToken).not.toBe(one.body.refreshToken);
  });
});
