import request from 'supertest';
import { problemIn } from '../support/problem';
import type { World } from '../support/world';
import { aWorld } from '../support/world';

const console = 'https://console.example.com';

describe.each([
  ['with a list of origins', { CORS_ORIGINS: `${console},https://other.example.com` }, console],
  ['without one', {}, undefined],
])('a browser with a script of another origin, %s', (_what, variables, allowed) => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld(variables);
  }, 60_000);
  afterAll(() => world.close());

  const asked = (origin: string) => world.asAdmin('get', '/v1/projects').set('Origin', origin).expect(200);
  const preflight = (origin: string) =>
    request(world.url).options('/v1/projects').set({
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    });
  const granted = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
    headers['access-control-allow-origin'];

  it('is let in from an origin that is listed, and told so', async () => {
    expect(granted(await asked(console))).toBe(allowed);
    expect(granted(await preflight(console))).toBe(allowed);
  });

  it.each(['https://evil.example.com', `${console}.evil.example.com`, 'http://console.example.com', 'null'])(
    'is not let in from %s',
    async (origin) => {
      for (const answer of [await asked(origin), await preflight(origin)]) expect(granted(answer)).toBeUndefined();
    },
  );

  it('has nothing that the browser would send by itself, and an Origin lets nobody in', async () => {
    const { headers } = await asked(console);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
    problemIn(await world.http('get', '/v1/projects').set('Origin', console), 401, 'unauthenticated');
  });

  it('and a parameter twice is refused, whoever asks', async () => {
    const answer = await world.asAdmin('get', '/v1/projects?limit=1&limit=2');
    expect(problemIn(answer, 400, 'validation-failed').errors).toMatchObject([{ parameter: 'limit' }]);
  });
});
