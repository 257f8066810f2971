import type { TestProject, World } from '../support/world';
import { aWorld } from '../support/world';

let world: World;
let project: TestProject;

beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
  await world.aConfig(project, await world.aSchema(true), 'large', { text: 'x'.repeat(5_000) });
}, 60_000);
afterAll(() => world.close());

describe('what administration is answered', () => {
  it.each(['gzip', 'br'])('is compressed where the caller takes %s, and the same', async (coding) => {
    const path = `/v1/projects/${project.id}/configs/large`;
    const plain = await world.asAdmin('get', path).set('Accept-Encoding', 'identity').expect(200);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const { headers, body } = await world.asAdmin('get', path).set('Accept-Encoding', coding).expect(200);
    expect(headers).toMatchObject({ 'content-encoding': coding, etag: plain.headers['etag'] });
    expect(headers['vary']).toContain('Accept-Encoding');
    expect(headers['cache-control']).toBe('private, no-store');
    expect(body).toEqual(plain.body);
  });

  it('is not when it holds a token or an API key, however long it is', async () => {
    const name = 'x'.repeat(100);
    const description = 'y'.repeat(2_000);
    const created = await world
      .asAdmin('post', '/v1/projects')
      .set('Accept-Encoding', 'gzip')
      .send({ name, description })
      .expect(201);
    expect(created.text.length).toBeGreaterThan(2_000);
    expect(created.headers['content-encoding']).toBeUndefined();
    const read = await world
      .asAdmin('get', `/v1/projects/${created.body.id}`)
      .set('Accept-Encoding', 'gzip')
      .expect(200);
    expect(read.headers['content-encoding']).toBe('gzip');
    const regenerated = await world
      .asAdmin('post', `/v1/projects/${created.body.id}/api-key/regenerate`)
      .set('Accept-Encoding', 'gzip')
      .send({})
      .expect(200);
    expect(regenerated.headers['cache-control']).toBe('no-store');
    const me = await world.asAdmin('get', '/v1/auth/me').set('Accept-Encoding', 'gzip').expect(200);
    expect([regenerated, me].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, undefined]);
  });
});
