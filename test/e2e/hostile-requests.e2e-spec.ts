import { gzipSync } from 'node:zlib';
import { applyPatch } from 'rfc6902';
import { problemIn } from '../support/problem';
import { sendRaw } from '../support/raw-http';
import type { TestProject, TestSchema, World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
let project: TestProject;
let anything: TestSchema;

beforeAll(async () => {
  world = await aWorld();
  project = await world.aProject();
  anything = await world.aSchema({});
}, 120_000);
afterAll(() => world.close());

const littleBytes = 100_000;
const name = 'k'.repeat(10_000);

describe('a diff', () => {
  const numbered = (letter: string) =>
    Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`${letter}${n}`, n]));

  it.each<[string, object, object]>([
    ['many changes under a long name', { [name]: new Array(30_000).fill(0) }, { [name]: new Array(30_000).fill(1) }],
    ['every member renamed', numbered('k'), numbered('j')],
    [
      'one change',
      { rows: Array.from({ length: 50_000 }, (_, n) => n), port: 1 },
      { rows: Array.from({ length: 50_000 }, (_, n) => n), port: 2 },
    ],
  ])('of large contents is small and correct: %s', async (_what, from, to) => {
    const { key } = await world.aConfig(project, anything, unique('large'), from);
    const path = `/v1/projects/${project.id}/configs/${key}`;
    await world.asAdmin('put', path).send({ content: to, expectedVersion: 1 }).expect(200);
    const { body, text, headers } = await world.asAdmin('get', `${path}/diff?from=1&to=2`).expect(200);
    expect(text.length).toBeLessThan(3_000_000);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toMatchObject({ from: 1, to: 2 });
    const holder = { root: from };
    applyPatch(
      holder,
      body.patch.map((each: { path: string }) => ({ ...each, path: `/root${each.path}` })),
    );
    expect(holder.root).toEqual(to);
  });
});

describe('an error', () => {
  it('tells little of long names', async () => {
    const { id } = await world.aSchema({ additionalProperties: { items: { type: 'integer' } } });
    const content = { ['k'.repeat(500_000)]: new Array(100).fill('x') };
    const { text } = await world.asAdmin('post', `/v1/schemas/${id}/validate`).send({ content }).expect(200);
    expect(text.length).toBeLessThan(littleBytes);
    const schema = { name: unique('schema'), content: { type: 'x'.repeat(900_000) } };
    const refused = await world.asAdmin('post', '/v1/schemas').send(schema);
    problemIn(refused, 422, 'schema-invalid');
    expect(refused.text.length).toBeLessThan(littleBytes);
  });

  it('counts what it does not tell', async () => {
    const body = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`m${n}`, 0]));
    const { errors = [] } = problemIn(await world.asAdmin('post', '/v1/projects').send(body), 400, 'validation-failed');
    expect(errors).toHaveLength(101);
    expect(errors[100]?.message).toMatch(/^and 499\d\d more$/);
  });
});

describe('a body of somebody unknown', () => {
  const packed = gzipSync(`{"content":${'['.repeat(2_000_000)}`);
  const post = (path: string, authorization = '') =>
    sendRaw(
      world.url,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n${authorization}Content-Length: ${packed.length}\r\n\r\n`,
      packed,
    );

  it.each([
    ['/v1/auth/login', 415, ''],
    ['/v1/projects', 401, ''],
    ['/v1/schemas/x/validate', 401, 'Authorization: Bearer a.b.c\r\n'],
    ['/nowhere', 404, ''],
    ['/health', 405, ''],
  ])('is not unpacked: %s is %i', async (path, status, authorization) => {
    const parse = jest.spyOn(JSON, 'parse');
    expect((await post(path, authorization)).status).toBe(status);
    expect(parse.mock.calls.filter(([text]) => text.length > 100_000)).toEqual([]);
    parse.mockRestore();
  });

  it('is refused by its size where credentials are expected', async () => {
    const login = world.http('post', '/v1/auth/login').send({ email: 'a', password: 'x'.repeat(20_000) });
    problemIn(await login, 413, 'payload-too-large');
  });
});
