import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import type { Session, World } from '../support/world';
import { adminEmail, adminPassword, aWorld, portSchema, unique } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await aWorld();
}, 60_000);
afterAll(() => world.close());

const refresh = (refreshToken: string) => world.http('post', '/v1/auth/refresh').send({ refreshToken });

it('registration and login: an account from its first day to its last', async () => {
  const email = `${unique('Ada')}@Example.com`;
  const account = { email, password: 'the first password', name: 'Ada' };
  problemIn(await world.http('post', '/v1/auth/register').send(account), 401, 'unauthenticated');
  const registered = await world.asAdmin('post', '/v1/auth/register').send(account).expect(201);
  expect(registered.body).toMatchObject({ email: email.toLowerCase(), name: 'Ada', isAdmin: false });
  const { id } = registered.body;

  let ada = await world.logIn(email, 'the first password');
  expect((await world.as(ada, 'get', '/v1/auth/me').expect(200)).body).toMatchObject({ id, roles: [] });
  const renewed = (await refresh(ada.refreshToken).expect(200)).body;
  await world.as(renewed, 'get', '/v1/auth/me').expect(200);

  const change = (body: object) => world.as(renewed, 'patch', `/v1/users/${id}`).send(body);
  await change({ name: 'Ada King' }).expect(200);
  problemIn(await change({ isAdmin: true }), 403, 'forbidden');
  problemIn(await change({ password: 'the second password', currentPassword: 'wrong' }), 401, 'invalid-credentials');
  await change({ password: 'the second password', currentPassword: 'the first password' }).expect(200);
  problemIn(await refresh(renewed.refreshToken), 401, 'unauthenticated');
  const old = world.http('post', '/v1/auth/login').send({ email, password: 'the first password' });
  problemIn(await old, 401, 'invalid-credentials');

  ada = await world.logIn(email, 'the second password');
  await world.asAdmin('patch', `/v1/users/${id}`).send({ isAdmin: true }).expect(200);
  await world.as(ada, 'get', '/v1/users').expect(200);
  await world.asAdmin('patch', `/v1/users/${id}`).send({ isAdmin: false }).expect(200);
  problemIn(await world.as(ada, 'get', '/v1/users'), 403, 'forbidden');
  problemIn(await refresh(ada.refreshToken), 401, 'unauthenticated');

  const { refreshToken } = await world.logIn(email, 'the second password');
  await world.http('post', '/v1/auth/logout').send({ refreshToken }).expect(204);
  problemIn(await refresh(refreshToken), 401, 'unauthenticated');
  const last = await world.logIn(email, 'the second password');
  await world.asAdmin('delete', `/v1/users/${id}`).expect(204);
  problemIn(await world.as(last, 'get', '/v1/auth/me'), 401, 'unauthenticated');
  problemIn(await refresh(last.refreshToken), 401, 'unauthenticated');
  problemIn(await world.asAdmin('get', `/v1/users/${id}`), 404, 'user-not-found');
});

it('project life: members, their rights, and what is left when it is gone', async () => {
  const [lead, worker] = [await world.aUser(), await world.aUser()];
  const { id, apiKey } = await world.aProject();
  const [path, roles] = [`/v1/projects/${id}`, `/v1/projects/${id}/roles`];
  problemIn(await world.as(lead, 'get', path), 404, 'project-not-found');
  await world.asAdmin('post', roles).send({ email: lead.email, role: 'admin' }).expect(201);
  await world.as(lead, 'post', roles).send({ userId: worker.userId, role: 'viewer' }).expect(201);
  expect((await world.as(worker, 'get', '/v1/projects').expect(200)).body.items).toMatchObject([
    { id, myRole: 'viewer' },
  ]);
  const abilities = async (session: Session) =>
    (await world.as(session, 'get', `${path}/permissions`).expect(200)).body.permissions;
  expect(await abilities(worker)).not.toContain('config.update');
  await world.as(lead, 'patch', `${roles}/${worker.userId}`).send({ role: 'editor' }).expect(200);
  expect(await abilities(worker)).toContain('config.update');
  expect((await world.as(worker, 'get', roles).expect(200)).body.items).toHaveLength(2);
  const renamed = await world
    .as(lead, 'patch', path)
    .send({ name: unique('renamed'), description: null })
    .expect(200);
  expect(renamed.body).toMatchObject({ myRole: 'admin', description: null });
  const audit = (await world.as(lead, 'get', `/v1/audit?projectId=${id}`).expect(200)).body.items;
  expect(audit.map(({ command }: { command: string }) => command)).toEqual([
    'project.update@1',
    'role.change@1',
    'role.grant@1',
    'role.grant@1',
    'project.create@1',
  ]);

  await world.aConfig({ id, apiKey, name: '' }, await world.aSchema({}), 'app', 1);
  problemIn(await world.as(lead, 'delete', path), 403, 'forbidden');
  await world.asAdmin('delete', path).expect(204);
  problemIn(await world.asAdmin('get', path), 404, 'project-not-found');
  problemIn(await world.http('get', '/v1/read/app').set('X-API-Key', apiKey), 401, 'invalid-api-key');
  expect((await world.as(worker, 'get', '/v1/auth/me').expect(200)).body.roles).toEqual([]);
  const kept = (await world.asAdmin('get', '/v1/audit?command=project.delete').expect(200)).body.items;
  expect(kept[0].subject).toMatchObject({ type: 'project', id });
});

it('config life: written, checked, changed, deleted and written again, every version readable', async () => {
  const [project, schema] = [await world.aProject(), await world.aSchema()];
  const [editor, viewer] = [await world.aMember(project, 'editor'), await world.aMember(project, 'viewer')];
  const [configs, app] = [`/v1/projects/${project.id}/configs`, `/v1/projects/${project.id}/configs/app`];
  const wrong = { key: 'app', schemaId: schema.id, content: { port: 0 } };
  problemIn(await world.asAdmin('post', configs).send(wrong), 422, 'content-invalid');
  await world.aConfig(project, schema, 'app', { port: 1 });
  const verdict = (content: unknown) => world.as(viewer, 'post', `${app}/validate`).send({ content }).expect(200);
  expect((await verdict({ port: 2 })).body).toEqual({ valid: true, errors: [] });
  expect((await verdict({ port: 'x' })).body).toMatchObject({
    valid: false,
    errors: [{ pointer: '/content/port', keyword: 'type' }],
  });

  const put = (session: Session, content: object, expectedVersion: number) =>
    world.as(session, 'put', app).send({ content, expectedVersion });
  problemIn(await put(viewer, { port: 2 }, 1), 403, 'forbidden');
  expect((await put(editor, { port: 2 }, 1).expect(200)).body).toMatchObject({ version: 2, updatedBy: editor.userId });
  expect(problemIn(await put(editor, { port: 3 }, 1), 409, 'version-conflict').currentVersion).toBe(2);
  const diff = await world.as(viewer, 'get', `${app}/diff?from=1&to=2`).expect(200);
  expect(diff.body).toEqual({
    from: 1,
    to: 2,
    patch: [{ op: 'replace', path: '/port', value: 2 }],
    changes: [{ pointer: '/port', kind: 'changed', before: 1, after: 2 }],
  });

  await world.asAdmin('delete', `${app}?expectedVersion=2`).expect(204);
  problemIn(await world.as(viewer, 'get', app), 404, 'config-not-found');
  problemIn(await world.http('get', `/v1/read/${project.apiKey}/app`), 404, 'config-not-found');
  problemIn(await world.as(viewer, 'get', `${app}/diff?from=2&to=3`), 404, 'revision-not-found');
  expect((await world.aConfig(project, schema, 'app', { port: 4 })).version).toBe(4);
  problemIn(await put(editor, { port: 5 }, 1), 409, 'version-conflict');
  const { body } = await world.as(viewer, 'get', `${app}/revisions`).expect(200);
  expect(body.items).toMatchObject([
    { version: 4, operation: 'create', content: { port: 4 } },
    { version: 3, operation: 'delete', content: null },
    { version: 2, operation: 'update', content: { port: 2 }, createdBy: editor.userId },
    { version: 1, operation: 'create', content: { port: 1 } },
  ]);
});

it('rollback: an old content becomes a new version, if it is still valid', async () => {
  const [project, schema] = [await world.aProject(), await world.aSchema()];
  const lead = await world.aMember(project, 'admin');
  const { key } = await world.aConfig(project, schema, unique('config'), { port: 1 });
  const path = `/v1/projects/${project.id}/configs/${key}`;
  const back = (targetVersion: number, expectedVersion: number) =>
    world.as(lead, 'post', `${path}/rollback`).send({ targetVersion, expectedVersion });
  await world
    .as(lead, 'put', path)
    .send({ content: { port: 2, host: 'x' }, expectedVersion: 1 })
    .expect(200);
  problemIn(await back(1, 1), 409, 'version-conflict');
  expect((await back(1, 2).expect(200)).body).toMatchObject({ version: 3, content: { port: 1 } });
  const revision = await world.as(lead, 'get', `${path}/revisions/3`).expect(200);
  expect(revision.body).toMatchObject({ operation: 'rollback', targetVersion: 1, content: { port: 1 } });
  problemIn(await back(9, 3), 404, 'revision-not-found');

  await world
    .as(lead, 'put', path)
    .send({ content: { port: 2, host: 'x' }, expectedVersion: 3 })
    .expect(200);
  const stricter = { ...portSchema, required: ['port', 'host'] };
  await world.asAdmin('put', `/v1/schemas/${schema.id}`).send({ content: stricter, expectedVersion: 1 }).expect(200);
  expect(problemIn(await back(1, 4), 422, 'content-invalid').errors).toMatchObject([{ keyword: 'required' }]);
  await world.as(lead, 'delete', path).expect(204);
  await world.aConfig(project, schema, key, { port: 6, host: 'x' });
  problemIn(await back(5, 6), 404, 'revision-not-found');
  expect((await back(4, 6).expect(200)).body.version).toBe(7);
});

it('the read API: one value, all values, cheap repetition, a key that is replaced', async () => {
  const [project, schema] = [await world.aProject(), await world.aSchema({})];
  const content = { b: [1.5, null, 'ü\u2028'], a: { toString: 1 }, '2': 'x' };
  await world.aConfig(project, schema, 'app', content);
  await world.aConfig(project, schema, 'db', 7);
  const [byPath, byHeader] = [
    `/v1/read/${project.apiKey}/app`,
    world.http('get', '/v1/read/app').set('X-API-Key', project.apiKey),
  ];
  const plain = await world.http('get', byPath).expect(200);
  expect(plain.body).toEqual({ key: 'app', version: 1, content });
  expect((await byHeader.expect(200)).text).toBe(plain.text);
  const raw = await world.http('get', `${byPath}?raw=true`).expect(200);
  expect(raw.text).toBe(JSON.stringify(content));
  expect(raw.headers['etag']).not.toBe(plain.headers['etag']);
  await world.http('get', byPath).set('If-None-Match', String(plain.headers['etag'])).expect(304);
  const head = await world.http('head', byPath).expect(200);
  expect([head.headers['etag'], head.headers['content-length']]).toEqual([
    plain.headers['etag'],
    plain.headers['content-length'],
  ]);

  const snapshot = async () => world.http('get', `/v1/read/${project.apiKey}`).expect(200);
  const before = await snapshot();
  expect(before.body.items).toEqual([
    { key: 'app', version: 1, content },
    { key: 'db', version: 1, content: 7 },
  ]);
  await world.asAdmin('delete', `/v1/projects/${project.id}/configs/db`).expect(204);
  const after = await snapshot();
  expect(after.body.items).toHaveLength(1);
  expect(after.headers['etag']).not.toBe(before.headers['etag']);
  expect(after.body.index).toBeGreaterThan(before.body.index);
  const index = Number(after.headers['x-config-index']);
  for (const query of ['consistency=linearizable', 'consistency=local&maxStaleness=10s', `minIndex=${index}`])
    await world.http('get', `${byPath}?${query}`).expect(200);

  const replace = (gracePeriodSeconds: number) =>
    world.asAdmin('post', `/v1/projects/${project.id}/api-key/regenerate`).send({ gracePeriodSeconds }).expect(200);
  const read = (apiKey: string) => world.http('get', '/v1/read/app').set('X-API-Key', apiKey);
  const { apiKey: second, previousKeyExpiresAt } = (await replace(2)).body;
  await read(project.apiKey).expect(200);
  await read(second).expect(200);
  await pause(Date.parse(previousKeyExpiresAt) - Date.now());
  await eventually('the old key ends', async () => ((await read(project.apiKey)).status === 401 ? true : undefined));
  const { apiKey: third, previousKeyExpiresAt: none } = (await replace(0)).body;
  expect(none).toBeNull();
  problemIn(await read(second), 401, 'invalid-api-key');
  await read(third).expect(200);
});

it('the first administrator is there from the start', async () => {
  const admin = await world.logIn(adminEmail, adminPassword);
  expect((await world.as(admin, 'get', '/v1/auth/me').expect(200)).body).toMatchObject({ isAdmin: true });
});
