import { aWorld } from '../support/world';
import type { World } from '../support/world';

describe('the whole application', () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  afterAll(() => world.close());

  it('tells a wrong method from an unknown path', async () => {
    const wrongMethod = await world.http('delete', '/v1/users').expect(405);
    expect(wrongMethod.headers['allow']).toBe('GET, HEAD, POST');
    await world.http('get', '/v1/nowhere').expect(404);
  });

  it('goes from a project to a value that a service reads', async () => {
    const project = await world.aProject();
    const schema = await world.aSchema();
    const { key } = await world.aConfig(project, schema);
    const { body } = await world.http('get', `/v1/read/${project.apiKey}/${key}`).expect(200);
    expect(body).toEqual({ key, version: 1, content: { port: 8080 } });
    const editor = await world.aMember(project, 'editor');
    await world
      .as(editor, 'put', `/v1/projects/${project.id}/configs/${key}`)
      .send({ content: { port: 1 }, expectedVersion: 1 })
      .expect(200);
    for (const path of [
      'configs',
      'roles',
      'permissions',
      `configs/${key}`,
      `configs/${key}/revisions`,
      `configs/${key}/revisions/1`,
      `configs/${key}/diff?from=1&to=2`,
    ]) {
      await world.as(editor, 'get', `/v1/projects/${project.id}/${path}`).expect(200);
    }
    await world.asAdmin('get', '/v1/audit').expect(200);
    await world.asAdmin('get', '/v1/audit/verify').expect(200);
    await world.as(editor, 'get', '/v1/auth/me').expect(200);
  });
});
