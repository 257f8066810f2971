import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../support/postgres-directory';
import type { Session, World } from '../support/world';
import { aWorld, unique } from '../support/world';

/** What mails notices to users: takes them, or refuses them for a while. */
class Mailer {
  readonly told: Readonly<Record<string, unknown>>[] = [];
  refusals = 0;
  isWilling = true;
  readonly #server: Server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      if (this.isWilling) this.told.push(JSON.parse(text) as Readonly<Record<string, unknown>>);
      else this.refusals += 1;
      response.writeHead(this.isWilling ? 204 : 503).end();
    });
  });

  async url(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/notices?token=of-the-mailer`;
  }

  about = (userId: string) => this.told.filter((notice) => notice['userId'] === userId);

  /** All that there is about the user, once there are so many. */
  heard = (userId: string, count: number) =>
    eventually(`${count} notices came`, async () =>
      this.about(userId).length >= count ? this.about(userId) : undefined,
    );

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const mailer = new Mailer();
let world: World;
beforeAll(async () => {
  world = await aWorld({ SECURITY_NOTICES_URL: await mailer.url() });
}, 60_000);
afterAll(async () => {
  await world.close();
  mailer.close();
});

const change = (by: Session, { userId }: Session, body: object) =>
  world.as(by, 'patch', `/v1/users/${userId}`).send(body);

describe('a user is told', () => {
  it('of a new password, whoever set it, and not of the password', async () => {
    const user = await world.aUser();
    await change(user, user, { password: 'nine purple lanterns', currentPassword: user.password }).expect(200);
    await change(world.admin, user, { password: 'ten purple lanterns' }).expect(200);
    const notices = await mailer.heard(user.userId, 2);
    const notice = { kind: 'password-changed', userId: user.userId, email: user.email };
    const shape = { ...notice, actorId: expect.any(String), requestId: expect.any(String), at: expect.any(String) };
    expect(notices).toEqual([shape, shape]);
    expect(new Set(notices.map(({ actorId }) => actorId))).toEqual(new Set([user.userId, world.admin.userId]));
    expect(JSON.stringify(mailer.told)).not.toMatch(/lanterns|\$2/);
  });

  it('of a new e-mail address, at the old one', async () => {
    const user = await world.aUser();
    await change(user, user, { email: `${unique('moved')}@example.com` }).expect(200);
    expect(await mailer.heard(user.userId, 1)).toMatchObject([{ kind: 'email-changed', email: user.email }]);
  });

  it('of a refresh token that was used twice', async () => {
    const user = await world.aUser();
    const refresh = () => world.http('post', '/v1/auth/refresh').send({ refreshToken: user.refreshToken });
    await refresh().expect(200);
    await refresh().expect(401);
    expect(await mailer.heard(user.userId, 1)).toMatchObject([{ kind: 'refresh-token-reused', actorId: null }]);
  });

  it('once, when the request is repeated, and of nothing when nothing of the login changed', async () => {
    const user = await world.aUser();
    const set = () =>
      change(world.admin, user, { password: 'nine purple lanterns' }).set('Idempotency-Key', user.userId);
    await change(world.admin, user, { name: 'Ada', email: user.email.toUpperCase() }).expect(200);
    await set().expect(200);
    await set().expect(200);
    await change(world.admin, user, { email: `${unique('last')}@example.com` }).expect(200);
    const kinds = (await mailer.heard(user.userId, 2)).map(({ kind }) => kind);
    expect(kinds).toEqual(['password-changed', 'email-changed']);
  });
});

it('a change waits for no notice, and the notice is sent when it can be', async () => {
  const user = await world.aUser();
  mailer.isWilling = false;
  await change(world.admin, user, { password: 'nine purple lanterns' }).expect(200);
  await eventually('it was tried', () => Promise.resolve(mailer.refusals > 1 || undefined));
  expect(mailer.about(user.userId)).toEqual([]);
  mailer.isWilling = true;
  await mailer.heard(user.userId, 1);
  const { text } = await world.http('get', '/metrics');
  expect(text).toMatch(/^config_guardian_outside_calls_total\{to="notices",use="tell",outcome="ok"\} [1-9]/m);
  expect(text).not.toContain('of-the-mailer');
});
