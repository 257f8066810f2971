import type { Response } from 'supertest';
import type { RemoteWorld, TestProject } from './remote-world';

/** Where plain reads are answered without the route, and how that is seen: from outside nobody can tell. */
export interface FastPlace {
  readonly world: () => RemoteWorld;
  /** Its config `app` is at version 1. */
  readonly project: () => TestProject;
  /** How many have been answered so. */
  readonly answered: () => Promise<number>;
  readonly answeredOneMore: (from: number) => Promise<void>;
  readonly answeredNoMore: (from: number) => Promise<void>;
}

type Ask = (send: () => PromiseLike<Response>) => Promise<Response>;

/** Requests of which it is known whether the route answered them. */
export function counted({ answered, answeredOneMore, answeredNoMore }: FastPlace): { fast: Ask; slow: Ask } {
  const asked = async (send: () => PromiseLike<Response>, then: (from: number) => Promise<void>) => {
    const from = await answered();
    const answer = await send();
    await then(from);
    return answer;
  };
  return { fast: (send) => asked(send, answeredOneMore), slow: (send) => asked(send, answeredNoMore) };
}

/** What differs from one answer to the next, whoever gives it. */
export function told({ status, headers, text }: Response) {
  const { date: _date, 'x-request-id': requestId, 'x-config-age': age, ...same } = headers as Record<string, string>;
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  // Only that it is told: the state grows older from one answer to the next.
  return { status, headers: same, text, hasAge: age !== undefined && /^\d+$/.test(age) };
}

/** What holds wherever a read is answered without the route. */
export function fastReadCases(place: FastPlace): void {
  const { fast, slow } = counted(place);
  const path = (query = ''): string => `/v1/read/${place.project().apiKey}/app${query}`;

  it.each([
    ['get', '', '?raw=false', {}],
    ['head', '', '?raw=false', {}],
    ['get', '?minIndex=1', '?minIndex=1&raw=false', {}],
    ['get', '?raw=true', '?raw=tru%65', {}],
    ['get', '?consistency=local', '?consistency=local&raw=false', {}],
    ['get', '?minIndex=1&consistency=local', '?minIndex=1&consistency=local&raw=false', {}],
    ['get', '', '?raw=false', { 'If-None-Match': '"1", *' }],
    ['head', '', '?raw=false', { 'If-None-Match': '*' }],
    ['get', '', '?raw=false', { 'If-None-Match': '"1"' }],
  ] as const)('%s %s is what the route answers to %s %j', async (method, query, other, headers) => {
    const [one, route] = [
      await fast(() => place.world().http(method, path(query)).set(headers)),
      await slow(() => place.world().http(method, path(other)).set(headers)),
    ];
    expect(told(one)).toEqual(told(route));
    expect(told(one).hasAge).toBe(query.includes('local'));
  });

  it('takes the key from the header, and the request id of the caller', async () => {
    const send = (query: string) =>
      place
        .world()
        .http('get', `/v1/read/app${query}`)
        .set({ 'X-API-Key': place.project().apiKey, 'X-Request-Id': 'mine-1' });
    const answer = await fast(() => send(''));
    expect(answer.body).toMatchObject({ key: 'app', version: 1, content: { port: 8080, text: 'ü😀' } });
    expect(answer.headers['x-request-id']).toBe('mine-1');
    expect((await slow(() => send('?raw=false'))).text).toBe(answer.text);
  });

  it('is never older than what was acknowledged, and is counted by its route', async () => {
    const configs = `/v1/projects/${place.project().id}/configs`;
    for (let version = 1; version <= 5; version++) {
      const content = { port: version };
      const { body } = await place.world().asAdmin('put', `${configs}/app`).send({ content, expectedVersion: version });
      const answer = await fast(() => place.world().http('get', path()));
      expect(answer.body).toEqual({ key: 'app', version: version + 1, content });
      expect(answer.headers['etag']).toBe(`"${body.modIndex}"`);
    }
    const { text } = await place.world().http('get', '/metrics');
    expect(text).toMatch(/_count\{method="GET",route="\/v1\/read\/:apiKey\/:key",status="200"\} \d/);
  });

  it.each([
    ['a key that is not there', () => `${path()}-not-there`, 404, 'config-not-found'],
    ['an API key that nobody has', () => `/v1/read/cfg_${'x'.repeat(43)}/app`, 401, 'invalid-api-key'],
    ['a parameter that nobody knows', () => path('?consistency=local&x=1'), 400, 'validation-failed'],
  ])('leaves %s to the route', async (_what, wanted, status, code) => {
    const answer = await slow(() => place.world().http('get', wanted()));
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
  });

  it('refuses an API key as soon as it was replaced', async () => {
    const other = await place.world().aProject();
    await place.world().aConfig(other, await place.world().aSchema(true), 'app');
    const read = (apiKey: string) => place.world().http('get', `/v1/read/${apiKey}/app`);
    await fast(() => read(other.apiKey).expect(200));
    const regenerated = await place
      .world()
      .asAdmin('post', `/v1/projects/${other.id}/api-key/regenerate`)
      .send({})
      .expect(200);
    await slow(() => read(other.apiKey).expect(401));
    await fast(() => read(regenerated.body.apiKey).expect(200));
  });
}
