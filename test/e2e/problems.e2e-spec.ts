import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '../../apps/server/src/common/problems';
import type { Response } from 'supertest';
import { checkAnswer } from '../support/openapi-answers';
import { problemIn } from '../support/problem';
import { sendRaw } from '../support/raw-http';
import type { World } from '../support/world';
import { aWorld, unique } from '../support/world';
import { accessProblems } from './problem-cases/access';
import { badRequests } from './problem-cases/bad-requests';
import { Shop } from './problem-cases/case';
import { conflicts } from './problem-cases/conflicts';
import { nested, unacceptable } from './problem-cases/unacceptable';

let world: World;
let shop: Shop;

beforeAll(async () => {
  world = await aWorld({ MAX_CONTENT_BYTES: '2KiB', MAX_SCHEMA_BYTES: '3KiB', MAX_REQUEST_BYTES: '8KiB' });
  shop = await Shop.open(world);
}, 60_000);
afterAll(() => world.close());

const table = [...badRequests, ...accessProblems, ...conflicts, ...unacceptable];

describe('a problem document', () => {
  it.each(table.map((row) => [row.status, row.code, row.what, row] as const))(
    '%i %s: %s',
    async (status, code, _what, { send, at }) => {
      const { errors = [] } = problemIn(await send(shop), status, code);
      if (!at) return;
      expect(errors).toHaveLength(at.length);
      for (const place of at) expect(errors).toContainEqual(expect.objectContaining(place));
    },
  );

  it('is shown here for every code of the catalogue that needs neither a fault nor time to pass', () => {
    const elsewhere: Readonly<Record<string, readonly string[]>> = {
      'e2e/sessions-and-projects.e2e-spec.ts': ['token-expired', 'token-reused'],
      'e2e/rate-limits.e2e-spec.ts': ['rate-limited'],
      'e2e/faults.e2e-spec.ts': [
        ...['request-timeout', 'internal-error', 'no-leader', 'not-ready', 'overloaded', 'too-stale'],
        ...['index-not-reached', 'timeout', 'outcome-unknown'],
      ],
      'e2e/backup.e2e-spec.ts': ['backup-invalid'],
      'e2e/cluster.e2e-spec.ts': ['membership-change-pending', 'node-id-used'],
      'cluster/membership.cluster-spec.ts': ['quorum-at-risk'],
      'e2e/require-https.e2e-spec.ts': ['https-required'],
      'e2e/client-certificates.e2e-spec.ts': ['client-certificate-required'],
    };
    for (const [file, codes] of Object.entries(elsewhere)) {
      const text = readFileSync(join(__dirname, '..', file), 'utf8');
      const isShown = (code: string): boolean => new RegExp(`(problemIn|code).*'${code}'`).test(text);
      expect([file, codes.filter((code) => !isShown(code))]).toEqual([file, []]);
    }
    const hereBelow = ['malformed-request', 'headers-too-large'];
    const shown = new Set([...table.map(({ code }) => code), ...Object.values(elsewhere).flat(), ...hereBelow]);
    expect([...shown].sort()).toEqual([...problemCodes].sort());
  });
});

it('is held against the OpenAPI document, which names its code', async () => {
  const path = '/v1/projects/none';
  const { status, type, text } = await shop.admin('get', path).expect(404);
  checkAnswer('get', path, { status, type, text });
  const another = { status, type, text: text.replaceAll('project-not-found', 'schema-not-found') };
  expect(() => checkAnswer('get', path, another)).toThrow(/404 schema-not-found.*does not name/);
});

describe('what a problem tells', () => {
  it('what is wrong first, in a sentence', async () => {
    const detailOf = async (answer: Promise<Response>) => problemIn(await answer, 400, 'validation-failed').detail;
    const create = (body: string) => shop.text('post', '/v1/projects', body).then((answer) => answer);
    expect(await detailOf(create('[]'))).toBe('The body must be a JSON object.');
    expect(await detailOf(create('{"name":7}'))).toBe('/name: must be a string');
    const granted = shop.admin('post', shop.at('/roles'), { role: 'viewer' }).then((answer) => answer);
    expect(await detailOf(granted)).toBe('The body must have either userId or email.');
    const listed = shop.admin('get', '/v1/projects?cursor=nonsense').then((answer) => answer);
    expect(await detailOf(listed)).toBe('cursor: must be the nextCursor of a page of this list');
  });

  it('which methods a path has', async () => {
    const { headers } = await shop.admin('patch', shop.config());
    expect(headers['allow']).toBe('DELETE, GET, HEAD, PUT');
  });

  it('which version is current', async () => {
    const stale = shop.admin('put', shop.config(), { content: { port: 1 }, expectedVersion: 7 });
    expect(problemIn(await stale, 409, 'version-conflict').currentVersion).toBe(1);
    const mismatch = shop.admin('delete', shop.config()).set('If-Match', '"1"');
    expect(problemIn(await mismatch, 412, 'version-conflict').currentVersion).toBe(1);
  });

  it('which reference leads nowhere', async () => {
    const lost = 'https://schemas.example.com/lost';
    const answer = shop.admin('post', '/v1/schemas', { name: unique('schema'), content: { $ref: lost } });
    expect(JSON.stringify(problemIn(await answer, 422, 'schema-invalid').errors)).toContain(lost);
  });

  it('which configs a schema would break', async () => {
    const { schema, project, key } = shop;
    const answer = shop.admin('put', `/v1/schemas/${schema.id}`, { content: { type: 'string' }, expectedVersion: 1 });
    expect(problemIn(await answer, 409, 'schema-breaks-configs').breaks).toEqual([
      { projectId: project.id, key, errors: [expect.objectContaining({ pointer: '/content' })] },
    ]);
  });

  it('no API key', async () => {
    const { apiKey } = shop.project;
    const answer = await world.http('get', `/v1/read/${apiKey}/none`);
    problemIn(answer, 404, 'config-not-found');
    expect(answer.text).not.toContain(apiKey);
  });
});

it('takes values that only look dangerous', async () => {
  for (const value of ['1.0', '1E2', '-0', '9007199254740991', '"\\ud83d\\ude00"', '"\\u0000"', nested(100)])
    await shop.content(value).expect(200);
});

it('answers what no client library sends', async () => {
  const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
  expect((await sendRaw(world.url, head('GET /v1/auth/me HTTP/1.0'))).status).toBe(401);
  const unreadable = await sendRaw(world.url, head('nonsense'));
  expect([unreadable.status, JSON.parse(unreadable.body)]).toMatchObject([400, { code: 'malformed-request' }]);
  const large = head('GET / HTTP/1.1', 'Host: x', `X-Large: ${'x'.repeat(20_000)}`);
  const refused = await sendRaw(world.url, large);
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([431, { code: 'headers-too-large' }]);
  const endless = head('POST /v1/auth/login HTTP/1.1', 'Host: x', 'Content-Length: 99999999');
  expect((await sendRaw(world.url, endless)).status).toBe(413);
});
