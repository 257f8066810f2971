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
});
