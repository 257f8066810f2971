import { setTimeout as pause } from 'node:timers/promises';
import { SchemaChecks } from '../../apps/server/src/schemas/schema-checks';
import { problemIn } from '../support/problem';
import type { Session, TestProject, World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let project: TestProject;
beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
}, 60_000);
afterEach(() => jest.restoreAllMocks());
afterAll(() => world.close());

const clients = (count: number): readonly number[] => Array.from({ length: count }, (_, client) => client);
const at = (key: string): string => `/v1/projects/${project.id}/configs/${key}`;
const put = (key: string, content: unknown, expectedVersion: number, session: Session = world.admin) =>
  world.as(session, 'put', at(key)).send({ content, expectedVersion });

describe('64 clients with the same expectedVersion', () => {
  it('one wins, 63 get 409 with the version that is current', async () => {
    const { key } = await world.aConfig(project, await world.aSchema({}), unique('config'), 'before');
    const answers = await Promise.all(clients(64).map((client) => put(key, client, 1).then((answer) => answer)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const answer of answers.filter((other) => other !== won[0]))
      expect(problemIn(answer, 409, 'version-conflict').currentVersion).toBe(2);
    const { body } = await world.asAdmin('get', at(key)).expect(200);
    expect([body.version, body.content]).toEqual([2, won[0]?.body.content]);
    expect((await world.asAdmin('get', `${at(key)}/revisions`).expect(200)).body.items).toHaveLength(2);
  });

  it('one creates a key, 63 get 409', async () => {
    const [schema, key] = [await world.aSchema({}), unique('config')];
    const create = (content: number) =>
      world.asAdmin('post', `/v1/projects/${project.id}/configs`).send({ key, schemaId: schema.id, content });
    const answers = await Promise.all(clients(64).map((client) => create(client).then((answer) => answer)));
    const lost = answers.filter(({ status }) => status !== 201);
    expect(lost).toHaveLength(63);
    for (const answer of lost) problemIn(answer, 409, 'key-taken');
  });
});

describe('32 clients that retry until each has added one', () => {
  async function addOne(key: string): Promise<void> {
    for (;;) {
      const { body } = await world.asAdmin('get', at(key)).expect(200);
      const answer = await put(key, body.content + 1, body.version);
      if (answer.status === 200) return;
      problemIn(answer, 409, 'version-conflict');
      await pause(Math.random() * 50);
    }
  }

  it('lose no value', async () => {
    const { key } = await world.aConfig(project, await world.aSchema({ type: 'integer' }), unique('counter'), 0);
    await Promise.all(clients(32).map(() => addOne(key)));
    const { body } = await world.asAdmin('get', at(key)).expect(200);
    expect(body).toMatchObject({ content: 32, version: 33 });
    const revisions = (await world.asAdmin('get', `${at(key)}/revisions?limit=200`).expect(200)).body.items;
    expect(revisions.map(({ content }: { content: number }) => content)).toEqual([...clients(33)].reverse());
  });
});

describe('a role', () => {
  /** Runs `meanwhile` when the guard has let a config change pass, before it is proposed. */
  function between(meanwhile: () => Promise<unknown>): void {
    const checks = world.app.get(SchemaChecks);
    const requireValid = checks.requireValid.bind(checks);
    jest.spyOn(checks, 'requireValid').mockImplementationOnce(async (...given) => {
      await meanwhile();
      return requireValid(...given);
    });
  }

  it('that is revoked between the guard and apply is revoked', async () => {
    const editor = await world.aMember(project, 'editor');
    const { key } = await world.aConfig(project, await world.aSchema({}));
    const revoke = world.asAdmin('delete', `/v1/projects/${project.id}/roles/${editor.userId}`);
    between(() => revoke.expect(204));
    problemIn(await put(key, 'too late', 1, editor), 404, 'project-not-found');
    expect((await world.asAdmin('get', at(key)).expect(200)).body.version).toBe(1);
    const { body } = await world.asAdmin('get', '/v1/audit?command=config.update&limit=1').expect(200);
    expect(body.items[0]).toMatchObject({ outcome: 'rejected', code: 'project-not-found', actorId: editor.userId });
  });

  it('that shrinks between the guard and apply has shrunk, and a deleted user is nobody', async () => {
    const [editor, leaver] = [await world.aMember(project, 'editor'), await world.aMember(project, 'editor')];
    const { key } = await world.aConfig(project, await world.aSchema({}));
    const shrink = world.asAdmin('patch', `/v1/projects/${project.id}/roles/${editor.userId}`).send({ role: 'viewer' });
    between(() => shrink.expect(200));
    problemIn(await put(key, 'too late', 1, editor), 403, 'forbidden');
    between(() => world.asAdmin('delete', `/v1/users/${leaver.userId}`).expect(204));
    problemIn(await put(key, 'too late', 1, leaver), 401, 'unauthenticated');
  });
});

describe('a schema and a config of it that change at the same time', () => {
  it('never end with a config that breaks its schema', async () => {
    const seen = new Set<string>();
    // The later the config comes, the likelier the schema is first.
    for (const delayMs of [0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 64, 300]) {
      const schema = await world.aSchema({ type: 'integer' });
      const { key } = await world.aConfig(project, schema, unique('config'), 1);
      const stricter = { content: { type: 'integer', maximum: 10 }, expectedVersion: 1 };
      const [ofSchema, ofConfig] = await Promise.all([
        world.asAdmin('put', `/v1/schemas/${schema.id}`).send(stricter),
        pause(delayMs).then(() => put(key, 200, 1)),
      ]);
      if (ofSchema.status === 200) problemIn(ofConfig, 422, 'content-invalid');
      else {
        expect(problemIn(ofSchema, 409, 'schema-breaks-configs').breaks).toMatchObject([{ key }]);
        expect(ofConfig.status).toBe(200);
      }
      seen.add(`${ofSchema.status} ${ofConfig.status}`);
    }
    expect([...seen].sort()).toEqual(['200 422', '409 200']);
  });

  it('are checked again when the schema changes under a config', async () => {
    const schema = await world.aSchema({ type: 'integer' });
    const { key } = await world.aConfig(project, schema, unique('config'), 1);
    const checks = world.app.get(SchemaChecks);
    const requireValid = checks.requireValid.bind(checks);
    const checked = jest.spyOn(checks, 'requireValid').mockImplementationOnce(async (...given) => {
      const closure = await requireValid(...given);
      const wider = { content: { type: ['integer', 'string'] }, expectedVersion: 1 };
      await world.asAdmin('put', `/v1/schemas/${schema.id}`).send(wider).expect(200);
      return closure;
    });
    expect((await put(key, 2, 1).expect(200)).body).toMatchObject({ version: 2, schemaVersion: 2 });
    expect(checked).toHaveBeenCalledTimes(2);
    const { body } = await world.asAdmin('get', '/v1/audit?command=config.update&limit=2').expect(200);
    expect(body.items[0]).toMatchObject({ outcome: 'applied' });
    expect(body.items.some(({ code }: { code: string | null }) => code === 'schema-changed')).toBe(false);
  });
});
