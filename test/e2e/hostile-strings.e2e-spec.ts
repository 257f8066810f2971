import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { eventually } from '../support/postgres-directory';
import { problemIn } from '../support/problem';
import type { Method, TestProject, TestSchema, World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let project: TestProject;
let schema: TestSchema;
beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
  schema = await world.aSchema({});
}, 60_000);
afterAll(() => world.close());

/** As JSON text, because JavaScript's own serializer would not write all of them. */
const strings = {
  'a NUL': '"a\\u0000b"',
  'a lone surrogate': '"\\ud800"',
  'a lone low surrogate': '"x\\udfff"',
  '9 kB': JSON.stringify('n'.repeat(9000)),
  '9 kB of four bytes each': JSON.stringify('😀'.repeat(2250)),
};

/** Every place of a request where a text is kept. `*` is where the string goes, `~` where its inside goes. */
const places: Readonly<Record<string, () => readonly [Method, string, string]>> = {
  'the e-mail of a user': () => ['post', '/v1/users', '{"email":*,"password":"12345678"}'],
  'the name of a user': () => [
    'post',
    '/v1/users',
    `{"email":"${unique('u')}@example.com","password":"12345678","name":*}`,
  ],
  'a changed name of a user': () => ['patch', `/v1/users/${world.admin.userId}`, '{"name":*}'],
  'a changed e-mail': () => ['patch', `/v1/users/${world.admin.userId}`, '{"email":*}'],
  'the name of a project': () => ['post', '/v1/projects', '{"name":*}'],
  'the description of a project': () => ['patch', `/v1/projects/${project.id}`, '{"description":*}'],
  'the user of a role': () => ['post', `/v1/projects/${project.id}/roles`, '{"userId":*,"role":"viewer"}'],
  'the e-mail of a role': () => ['post', `/v1/projects/${project.id}/roles`, '{"email":*,"role":"viewer"}'],
  'the name of a schema': () => ['post', '/v1/schemas', '{"name":*,"content":{}}'],
  'the description of a schema': () => [
    'post',
    '/v1/schemas',
    `{"name":"${unique('s')}","description":*,"content":{}}`,
  ],
  'the $id of a schema': () => [
    'post',
    '/v1/schemas',
    `{"name":"${unique('s')}","content":{"$id":"https://example.com/~"}}`,
  ],
  'the key of a config': () => [
    'post',
    `/v1/projects/${project.id}/configs`,
    `{"key":*,"schemaId":"${schema.id}","content":1}`,
  ],
  'the schema of a config': () => [
    'post',
    `/v1/projects/${project.id}/configs`,
    '{"key":"x","schemaId":*,"content":1}',
  ],
  'an e-mail at the login': () => ['post', '/v1/auth/login', '{"email":*,"password":"x"}'],
  'a password at the login': () => ['post', '/v1/auth/login', `{"email":"${unique('u')}@example.com","password":*}`],
  'a refresh token': () => ['post', '/v1/auth/refresh', '{"refreshToken":*}'],
};

async function requireHealthy(): Promise<void> {
  const node = world.app.get(ConsensusNode);
  await world
    .asAdmin('patch', `/v1/projects/${project.id}`)
    .send({ description: unique('text') })
    .expect(200);
  await node.flushed(node.appliedIndex);
  await world.http('get', '/ready').expect(200);
  expect(world.fatal).toEqual([]);
}

describe.each(Object.entries(strings))('%s', (_what, json) => {
  it.each(Object.entries(places))(
    'as %s is refused cleanly, and the database goes on taking what follows',
    async (_place, make) => {
      const [method, path, body] = make();
      const answer = await world
        .asAdmin(method, path)
        .type('application/json')
        .send(body.replace('*', () => json).replace('~', () => json.slice(1, -1)));
      // A URI has an escape for a NUL: what is indexed is the normalised one.
      if (answer.status === 201 && body.includes('~')) expect(answer.body.schemaUri).toBe('https://example.com/a%00b');
      else {
        expect(answer.status).toBeLessThan(500);
        problemIn(answer, answer.status, answer.body.code);
      }
      await requireHealthy();
    },
  );

  it('in a content is refused or kept, never changed', async () => {
    const body = (key: string) => `{"key":"${key}","schemaId":"${schema.id}","content":{"v":${json},"n":{${json}:1}}}`;
    const key = unique('config');
    const answer = await world
      .asAdmin('post', `/v1/projects/${project.id}/configs`)
      .type('application/json')
      .send(body(key));
    if (answer.status === 201) {
      const { body: config } = await world.asAdmin('get', `/v1/projects/${project.id}/configs/${key}`).expect(200);
      expect(config.content).toEqual(JSON.parse(body(key)).content);
      await world.asAdmin('get', `/v1/projects/${project.id}/configs/${key}/revisions/1`).expect(200);
    } else problemIn(answer, 422, 'value-not-representable');
    await requireHealthy();
  });
});

describe('texts in other places', () => {
  it.each([
    ['a path', () => world.asAdmin('get', `/v1/projects/${project.id}/configs/a%00b`)],
    ['a long path', () => world.asAdmin('get', `/v1/users/${'x'.repeat(5000)}`)],
    ['a surrogate in a path', () => world.asAdmin('get', '/v1/users/%ed%a0%80')],
    ['a deleted key', () => world.asAdmin('delete', `/v1/projects/${project.id}/configs/${'x'.repeat(900)}`)],
    [
      'a long key in a history',
      () => world.asAdmin('get', `/v1/projects/${project.id}/configs/${'x'.repeat(900)}/revisions`),
    ],
    ['a long search', () => world.asAdmin('get', `/v1/projects?q=${'x'.repeat(5000)}`)],
    ['a NUL in a filter', () => world.asAdmin('get', '/v1/audit?actorId=%00')],
    [
      'a cursor with a NUL',
      () => world.asAdmin('get', `/v1/users?cursor=${Buffer.from('["\\u0000"]').toString('base64url')}`),
    ],
  ])('%s are refused, or find nothing', async (_what, send) => {
    const answer = await send();
    expect(answer.status).toBeLessThan(500);
    await requireHealthy();
  });

  it('are kept when they are only unusual', async () => {
    const name = '\u202eevil\u2028\ufeff 😀 \u0001';
    const { body } = await world.asAdmin('post', '/v1/projects').send({ name }).expect(201);
    expect((await world.asAdmin('get', `/v1/projects/${body.id}`).expect(200)).body.name).toBe(name.trim());
    await requireHealthy();
    await eventually('it is in the audit', async () => {
      const found = await world.asAdmin('get', `/v1/audit?projectId=${body.id}`);
      return found.body.items.length === 1 ? true : undefined;
    });
  });
});
