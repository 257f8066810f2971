import { problemIn } from '../support/problem';
import type { Session, World } from '../support/world';
import { adminEmail, adminPassword, aWorld, unique } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await aWorld({ AUTH_RULES: 'strict', PASSWORD_PEPPERS: `2026:${'p'.repeat(32)}` });
}, 60_000);
afterAll(() => world.close());

const me = (session: Pick<Session, 'accessToken'>) => world.as(session, 'get', '/v1/auth/me');
const sessions = async (session: Session): Promise<readonly { id: string; isCurrent: boolean }[]> =>
  (await world.as(session, 'get', '/v1/auth/sessions').expect(200)).body.items;
const end = (session: Session, body: object) => world.as(session, 'post', '/v1/auth/sessions/end').send(body);

describe('a password', () => {
  const create = (password: string) =>
    world.asAdmin('post', '/v1/users').send({ email: `${unique('user')}@example.com`, password });

  it.each(['eleven char', 'qwertyuiop123', 'Password-2026'])('is refused when it is %j', async (password) => {
    const { errors } = problemIn(await create(password), 400, 'validation-failed');
    expect(errors).toMatchObject([{ pointer: '/password' }]);
  });

  it('of 128 characters of any kind is taken, one more is not', async () => {
    const taken = `ねこ 🐈 ${'x'.repeat(128 - 5)}`;
    const { email } = (await create(taken).expect(201)).body as { email: string };
    await world.logIn(email, taken);
    problemIn(
      await world.http('post', '/v1/auth/login').send({ email, password: taken.slice(0, -1) }),
      401,
      'invalid-credentials',
    );
    problemIn(await create(`${taken}x`), 400, 'validation-failed');
  });

  it('is changed by who knows the old one, to one that the rules allow, and ends every login at once', async () => {
    const user = await world.aUser();
    const elsewhere = await world.logIn(user.email, user.password);
    const change = (body: object) => world.as(user, 'patch', `/v1/users/${user.userId}`).send(body);
    problemIn(await change({ password: 'iloveyou12345', currentPassword: user.password }), 400, 'validation-failed');
    problemIn(await change({ password: 'nine purple lanterns' }), 400, 'validation-failed');
    problemIn(await change({ password: 'nine purple lanterns', currentPassword: 'wrong' }), 401, 'invalid-credentials');
    await me(elsewhere).expect(200);
    await change({ password: 'nine purple lanterns', currentPassword: user.password }).expect(200);
    for (const session of [user, elsewhere]) problemIn(await me(session), 401, 'unauthenticated');
    await me(await world.logIn(user.email, 'nine purple lanterns')).expect(200);
  });
});

describe('an access token', () => {
  it('ends with its login, wherever the state is read from', async () => {
    const user = await world.aUser();
    await me(user).expect(200);
    await world.http('post', '/v1/auth/logout').send({ refreshToken: user.refreshToken }).expect(204);
    problemIn(await me(user), 401, 'unauthenticated');
    problemIn(await world.as(user, 'get', '/v1/auth/me?consistency=local'), 401, 'unauthenticated');
    problemIn(await world.as(user, 'post', '/v1/schemas/x/validate').send({ content: 1 }), 401, 'unauthenticated');
  });

  it('ends with its login when a refresh token was stolen', async () => {
    const user = await world.aUser();
    const refresh = () => world.http('post', '/v1/auth/refresh').send({ refreshToken: user.refreshToken });
    const { accessToken } = (await refresh().expect(200)).body as { accessToken: string };
    await me({ accessToken }).expect(200);
    problemIn(await refresh(), 401, 'token-reused');
    problemIn(await me({ accessToken }), 401, 'unauthenticated');
  });
});

describe('the logins of a user', () => {
  it('are shown to their user, page by page, without a token in them', async () => {
    const user = await world.aUser();
    await world.logIn(user.email, user.password);
    const { body } = await world.as(user, 'get', '/v1/auth/sessions?limit=1').expect(200);
    const next = await world.as(user, 'get', `/v1/auth/sessions?limit=1&cursor=${body.nextCursor}`).expect(200);
    expect(next.body.nextCursor).toBeNull();
    const both = [...body.items, ...next.body.items] as { id: string; isCurrent: boolean }[];
    expect(new Set(both.map(({ id }) => id)).size).toBe(2);
    expect(both.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true]);
    for (const session of both) expect(Object.keys(session)).toEqual(['id', 'isCurrent', 'createdAt', 'expiresAt']);
  });

  it('are ended one by one or all, with the password once more', async () => {
    const user = await world.aUser();
    const [second, third] = [
      await world.logIn(user.email, user.password),
      await world.logIn(user.email, user.password),
    ];
    const ofSecond = (await sessions(second)).find(({ isCurrent }) => isCurrent)?.id;
    const currentPassword = user.password;
    problemIn(await end(user, { sessionId: ofSecond }), 400, 'validation-failed');
    problemIn(await end(user, { sessionId: ofSecond, currentPassword: 'wrong' }), 401, 'invalid-credentials');
    await me(second).expect(200);
    await end(user, { sessionId: ofSecond, currentPassword }).expect(204);
    problemIn(await me(second), 401, 'unauthenticated');
    expect(await sessions(user)).toHaveLength(2);
    await end(user, { currentPassword }).expect(204);
    for (const session of [user, third]) problemIn(await me(session), 401, 'unauthenticated');
  });

  it('are not ended by somebody else', async () => {
    const [user, other] = [await world.aUser(), await world.aUser()];
    const [own] = await sessions(user);
    await end(other, { sessionId: own?.id, currentPassword: other.password }).expect(204);
    await me(user).expect(200);
  });
});

it('tells in the audit records who changed what about a login, and nothing else', async () => {
  const { accessToken } = await world.logIn(adminEmail, adminPassword);
  const { body } = await world.as({ accessToken }, 'get', '/v1/audit?command=session.end@1').expect(200);
  expect(body.items.length).toBeGreaterThan(0);
  expect(JSON.stringify(body)).not.toContain(adminPassword);
});
