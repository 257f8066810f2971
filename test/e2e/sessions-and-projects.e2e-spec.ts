import type { Response } from 'supertest';
import type { World } from '../support/world';
import { adminEmail, adminPassword, aWorld, unique } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await aWorld({ REFRESH_TOKEN_TTL: '3s', ACCESS_TOKEN_TTL: '2s' });
}, 60_000);
afterAll(() => world.close());

const post = (path: string, body?: object) => world.http('post', path).send(body);
const login = async () =>
  (await post('/v1/auth/login', { email: adminEmail, password: adminPassword }).expect(200)).body;
/** Access tokens live two seconds here. */
const asNewAdmin = async () => {
  const { accessToken } = await login();
  return (method: 'get' | 'post' | 'patch' | 'delete', path: string) => world.as({ accessToken }, method, path);
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a login', () => {
  it('gives tokens that no cache keeps, and a user without a hash', async () => {
    const answer = await post('/v1/auth/login', { email: adminEmail, password: adminPassword }).expect(200);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-config-index': expect.any(String) });
    expect(answer.body).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 2,
      user: { email: adminEmail, isAdmin: true },
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/hash/i);
  });

  it('refuses what is no login', async () => {
    await post('/v1/auth/login', { email: adminEmail }).expect(400);
    await post('/v1/auth/login', { email: adminEmail, password: 'x', more: 1 }).expect(400);
    const wrong = await post('/v1/auth/login', { email: adminEmail, password: 'x' }).expect(401);
    expect(wrong.body.code).toBe('invalid-credentials');
    await login();
  });

  it('is renewed token by token and ends when one comes twice', async () => {
    const { refreshToken: first } = await login();
    const { refreshToken: second } = (await post('/v1/auth/refresh', { refreshToken: first }).expect(200)).body;
    const reused = await post('/v1/auth/refresh', { refreshToken: first }).expect(401);
    expect(reused.body.code).toBe('token-reused');
    expect((await post('/v1/auth/refresh', { refreshToken: second }).expect(401)).body.code).toBe('unauthenticated');
  });

  it('ends with a logout, which needs no access token and may be repeated', async () => {
    const { refreshToken } = await login();
    await post('/v1/auth/logout', { refreshToken }).expect(204);
    await post('/v1/auth/logout', { refreshToken }).expect(204);
    await post('/v1/auth/refresh', { refreshToken }).expect(401);
  });

  it('runs out: the access token first, then the refresh token', async () => {
    const { accessToken, refreshToken } = await login();
    await world.as({ accessToken }, 'get', '/v1/auth/me').expect(200);
    await pause(3100);
    const expired = await world.as({ accessToken }, 'get', '/v1/auth/me').expect(401);
    expect(expired.body.code).toBe('token-expired');
    expect(expired.headers['www-authenticate']).toBe('Bearer');
    await post('/v1/auth/refresh', { refreshToken }).expect(401);
  });

  it('is purged by a command once it has expired', async () => {
    await login();
    await pause(4000);
    const { body } = await (await asNewAdmin())('get', '/v1/audit?command=session.purge-expired@1').expect(200);
    expect(body.items.length).toBeGreaterThan(0);
  });

  it('closes an account after too many failures and says for how long', async () => {
    const attempt = () => post('/v1/auth/login', { email: 'nobody@example.com', password: 'x' });
    const answers: Response[] = [];
    // One after the other: a busy machine checks few passwords in the time of one request.
    for (let n = 0; n < 12; n += 1) answers.push(await attempt());
    const blocked = answers.filter(({ status }) => status === 429);
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(blocked[0]?.body.code).toBe('rate-limited');
    expect(Number(blocked[0]?.headers['retry-after'])).toBeGreaterThan(800);
  });
});

describe('a project', () => {
  it('lives: created, joined, changed, its key replaced, deleted', async () => {
    const name = unique('shop');
    const created = await (
      await asNewAdmin()
    )('post', '/v1/projects')
      .send({ name: ` ${name} ` })
      .expect(201);
    const { id, apiKey, ...project } = created.body;
    expect(created.headers['location']).toBe(`/v1/projects/${id}`);
    expect(project).toMatchObject({ name, description: null, myRole: null, apiKeyHint: apiKey.slice(-4) });
    const email = `${unique('ada')}@example.com`;
    const register = (await asNewAdmin())('post', '/v1/auth/register');
    const user = (await register.send({ email, password: 'correct horse' }).expect(201)).body;
    const grant = (await asNewAdmin())('post', `/v1/projects/${id}/roles`);
    const granted = await grant.send({ email, role: 'viewer' }).expect(201);
    expect(granted.headers['location']).toBe(`/v1/projects/${id}/roles/${user.id}`);
    const role = { projectId: id, projectName: name, role: 'viewer' };

    const ada = await world.logIn(email, 'correct horse');
    expect((await world.as(ada, 'get', '/v1/auth/me').expect(200)).body).toMatchObject({ id: user.id, roles: [role] });
    expect((await world.as(ada, 'get', `/v1/users/${user.id}/roles`).expect(200)).body.items).toEqual([role]);
    expect((await world.as(ada, 'get', '/v1/projects').expect(200)).body.items).toMatchObject([
      { id, myRole: 'viewer' },
    ]);
    const permissions = (await world.as(ada, 'get', `/v1/projects/${id}/permissions`).expect(200)).body;
    expect(permissions).toMatchObject({ role: 'viewer', isAdmin: false });
    await world.as(ada, 'post', `/v1/projects/${id}/api-key/regenerate`).expect(403);
    await world.as(ada, 'delete', `/v1/projects/${id}`).expect(403);

    const admin = await asNewAdmin();
    const renamed = await admin('patch', `/v1/projects/${id}`)
      .set('If-Match', created.headers['etag'] ?? '')
      .send({ description: 'sells' });
    expect([renamed.status, renamed.body.description]).toEqual([200, 'sells']);
    await admin('patch', `/v1/projects/${id}`)
      .set('If-Match', created.headers['etag'] ?? '')
      .send({ name })
      .expect(412);
    await admin('patch', `/v1/projects/${id}/roles/${user.id}`).send({ role: 'admin' }).expect(200);
    await admin('delete', `/v1/projects/${id}/roles/${user.id}`).expect(204);
    const gone = await world.as(await world.logIn(email, 'correct horse'), 'get', `/v1/projects/${id}`).expect(404);
    expect(gone.body.code).toBe('project-not-found');

    await world.http('get', '/v1/read').set('X-API-Key', apiKey).expect(200);
    const again = await asNewAdmin();
    const replaced = await again('post', `/v1/projects/${id}/api-key/regenerate`)
      .send({ gracePeriodSeconds: 2 })
      .expect(200);
    expect(Date.parse(replaced.body.previousKeyExpiresAt)).toBeGreaterThan(Date.now());
    await world.http('get', '/v1/read').set('X-API-Key', apiKey).expect(200);
    await world.http('get', '/v1/read').set('X-API-Key', replaced.body.apiKey).expect(200);
    await pause(3000);
    await world.http('get', '/v1/read').set('X-API-Key', apiKey).expect(401);
    const last = await asNewAdmin();
    const { body } = await last('post', `/v1/projects/${id}/api-key/regenerate`).expect(200);
    expect(body.previousKeyExpiresAt).toBeNull();
    await world.http('get', '/v1/read').set('X-API-Key', replaced.body.apiKey).expect(401);
    await last('delete', `/v1/projects/${id}`).expect(204);
    await world.http('get', '/v1/read').set('X-API-Key', body.apiKey).expect(401);
  }, 30_000);

  it('shows its key once, however often the request is repeated', async () => {
    const admin = await asNewAdmin();
    const name = unique('once');
    const create = () => admin('post', '/v1/projects').set('Idempotency-Key', name).send({ name });
    const { apiKey, ...shown } = (await create().expect(201)).body;
    expect(apiKey).toMatch(/^cfg_[A-Za-z0-9_-]{43}$/);
    expect((await create().expect(201)).body).toEqual(shown);
  });

  it.each([
    ['{}', {}],
    ['a blank name', { name: ' \t' }],
    ['a long name', { name: 'x'.repeat(201) }],
    ['a name that is no text', { name: 7 }],
    ['an unknown member', { name: 'x', apiKey: 'cfg_' }],
  ])('is not made of %s', async (_what, body) => {
    await (await asNewAdmin())('post', '/v1/projects').send(body).expect(400);
  });

  it.each([
    { gracePeriodSeconds: -1 },
    { gracePeriodSeconds: 604_801 },
    { gracePeriodSeconds: 1.5 },
    { gracePeriodSeconds: null },
    { more: 1 },
  ])('does not replace its key with %j', async (body) => {
    const admin = await asNewAdmin();
    const { id } = (
      await admin('post', '/v1/projects')
        .send({ name: unique('shop') })
        .expect(201)
    ).body;
    await admin('post', `/v1/projects/${id}/api-key/regenerate`).send(body).expect(400);
  });
});
