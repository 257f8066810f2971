import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, NodeProcess } from '../support/node-process';
import { allOperations, filled } from '../support/operations';
import type { Operation } from '../support/operations';
import { OtlpReceiver } from '../support/otlp-receiver';
import { createTestDatabase } from '../support/postgres';
import type { TestDatabase } from '../support/postgres';
import { sendRaw } from '../support/raw-http';
import { refusedBoot } from '../support/refused-boot';
import { logIn, RemoteWorld } from '../support/remote-world';
import type { Session } from '../support/remote-world';
import { adminEmail } from '../support/world';
import type { Actor, Cast } from './permission-matrix/actors';
import { aCast, signingSecret } from './permission-matrix/actors';
import { rows } from './permission-matrix/rows';
import type { Secrets } from './redaction/secrets';
import { marked, shownIn } from './redaction/secrets';
import type { WrongRequest } from './redaction/wrong-requests';
import { wrongRequests } from './redaction/wrong-requests';

/** The answers that show a secret, once and on purpose, to whom it belongs. */
const shownOnce = new Set(['login', 'refreshTokens', 'createProject', 'regenerateApiKey']);
/** Its answer has no end. */
const endless = /^watch/;

const directory = mkdtempSync(join(tmpdir(), 'config-guardian-redaction-'));
const operations = allOperations();
let database: TestDatabase;
let receiver: OtlpReceiver;
let node: NodeProcess;
let world: RemoteWorld;
let cast: Cast;
let usual: Readonly<Record<string, string | number>>;
/** Shown to the test by the service, as they came. */
const minted = new Map<string, string>();
const answers: { readonly to: string; readonly status: number; readonly text: string; readonly mayShow: boolean }[] =
  [];

const withPassword = (url: string): string =>
  url.replace(/^(postgres(?:ql)?:\/\/)([^:@/]+)(?::[^@/]*)?@/, `$1$2:${marked.databasePassword}@`);
const secrets = (): Secrets => new Map([...Object.entries(marked), ...minted]);

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** As `fetch`, which refuses some of these headers and methods. The head of an answer counts as its text. */
function send(
  { method, path, headers = {}, body }: Sent,
  waitsMs = 5_000,
): Promise<{ readonly status: number; readonly text: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${node.url}`, { method: method.toUpperCase(), path, headers, agent: false }, (answer) => {
      let text = '';
      const done = (): void => {
        const head = JSON.stringify(answer.rawHeaders);
        resolve({ status: answer.statusCode ?? 0, text: `${head}\n${text}`, body: text });
      };
      const late = setTimeout(() => (done(), asked.destroy()), waitsMs);
      answer.setEncoding('latin1').on('data', (part: string) => (text += part));
      answer.on('close', () => (clearTimeout(late), done()));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function keep(name: string, text: string): void {
  for (const [n, { groups }] of [
    ...text.matchAll(/"(?<kind>apiKey|accessToken|refreshToken)":"(?<secret>[^"]+)"/g),
  ].entries())
    minted.set(`${groups?.['kind']} of ${name} ${minted.size + n}`, groups?.['secret'] ?? '');
}

async function call(operation: Operation, rowName: string, actor: Actor): Promise<void> {
  const row = rows[rowName];
  if (!row) throw new Error(`there is no row ${rowName}`);
  const { parameters, query = '', body } = await row.call(cast, actor);
  const { method, operationId } = operation;
  const path = filled(operation.path, { ...usual, ...parameters }) + query;
  const token = cast.tokens[actor];
  const headers = {
    ...(token !== null && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const answer = await send(
    { method, path, headers, body: body && JSON.stringify(body) },
    endless.test(operationId) ? 300 : undefined,
  );
  if (shownOnce.has(operationId)) keep(operationId, answer.body);
  const mayShow = shownOnce.has(operationId) && answer.status < 300;
  answers.push({ to: `${rowName} of ${actor}`, status: answer.status, text: answer.text, mayShow });
}

async function wrong(name: string, { method, path, headers, body, what }: WrongRequest): Promise<void> {
  const waitsMs = endless.test(name) ? 100 : undefined;
  const { status, text } = await send({ method, path, headers, body }, waitsMs);
  answers.push({ to: `${name}, ${what}`, status, text, mayShow: status < 300 });
}

/** A user's whole life with secrets in it: rows of the matrix do not log anybody in. */
async function aLife(): Promise<Session> {
  const user = await world.aUser();
  minted.set('password of a user', user.password);
  const first = await send(post('/v1/auth/refresh', { refreshToken: user.refreshToken }));
  keep('a refreshed session', first.body);
  await send(post('/v1/auth/refresh', { refreshToken: user.refreshToken }));
  await send(post('/v1/auth/login', { email: user.email, password: marked.wrongPassword }));
  const change = { password: marked.newPassword, currentPassword: user.password };
  const changed = { method: 'patch', path: `/v1/users/${user.userId}`, ...bodyOf(change, user.accessToken) };
  expect((await send(changed)).status).toBe(200);
  const again = await send(post('/v1/auth/login', { email: user.email, password: marked.newPassword }));
  expect(again.status).toBe(200);
  keep('a second session', again.body);
  const { refreshToken } = JSON.parse(again.body) as { refreshToken: string };
  expect((await send(post('/v1/auth/logout', { refreshToken }))).status).toBe(204);
  return user;
}

const bodyOf = (body: object, token?: string) => ({
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
});
const post = (path: string, body: object): Sent => ({ method: 'post', path, ...bodyOf(body) });

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  database = await createTestDatabase();
  const [raftPort, redisPort] = [await freePort(), await freePort()];
  const databaseUrl = withPassword(database.url);
  expect(databaseUrl).toContain(marked.databasePassword);
  node = await NodeProcess.on(join(directory, 'data'), {
    LOG_LEVEL: 'trace',
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: marked.adminPassword,
    DATABASE_URL: databaseUrl,
    JWT_SECRETS: `${signingSecret.kid}:${signingSecret.secret}`,
    PASSWORD_PEPPERS: `known:${marked.passwordPepper}`,
    CLUSTER_PEERS: `node-1=127.0.0.1:${raftPort}`,
    RAFT_LISTEN: `127.0.0.1:${raftPort}`,
    CLUSTER_SECRET: marked.clusterSecret,
    // Nobody listens: what is said about it is what could tell too much.
    REDIS_URL: `redis://user:${marked.redisPassword}@127.0.0.1:${redisPort}/0`,
    ...{ REDIS_MIRROR: 'true', SECURITY_NOTICES_URL: `http://127.0.0.1:${redisPort}/?${marked.noticesToken}` },
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${marked.otlpHeader}`,
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  await node.start();
  world = new RemoteWorld(node.url, await logIn(node.url, adminEmail, marked.adminPassword));
  cast = await aCast(world);
  for (const [who, token] of Object.entries(cast.tokens))
    if (token !== null) minted.set(`access token of ${who}`, token);
  for (const [who, session] of Object.entries({ admin: world.admin, viewer: cast.viewer, guest: cast.guest }))
    minted.set(`refresh token of ${who}`, session.refreshToken);
  minted.set('API key', cast.project.apiKey);
  const schema = await world.aSchema({});
  const { key } = await world.aConfig(cast.project, schema, 'app', { password: marked.content });
  usual = {
    ...{ projectId: cast.project.id, schemaId: cast.schema.id, userId: cast.viewer.userId, key, version: 1 },
    ...{ code: 'forbidden', nodeId: 'node-1', apiKey: cast.project.apiKey, apiKeyOrKey: cast.project.apiKey },
  };
}, 90_000);

afterAll(async () => {
  await node.stop();
  await receiver.stop();
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

describe('every operation of the API', () => {
  it('is asked as it should be, by those who may and those who may not', async () => {
    const asked = new Set<string>();
    for (const rowName of Object.keys(rows)) {
      const operation = operations.find(({ operationId }) => operationId === rowName.split(' ')[0]);
      if (!operation) throw new Error(`openapi.yaml knows no operation ${rowName}`);
      for (const actor of ['system admin', 'stranger', 'expired token'] as const) await call(operation, rowName, actor);
      asked.add(operation.operationId);
    }
    await aLife();
    expect([...asked].sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
  }, 120_000);

  it.each([
    ['a password', () => marked.wrongPassword, false],
    ['an API key', () => cast.project.apiKey, true],
    ['an access token', () => world.admin.accessToken, true],
    ['a refresh token', () => cast.guest.refreshToken, true],
  ])(
    'is asked with %s in every wrong place',
    async (_what, secretOf, isOfKnownForm) => {
      const secret = secretOf();
      const from = { usual: { ...usual, userId: cast.guest.userId }, accessToken: cast.tokens.stranger ?? '', secret };
      for (const operation of operations)
        for (const each of wrongRequests(operation, { ...from, isOfKnownForm }))
          await wrong(operation.operationId, each);
    },
    300_000,
  );

  it('is asked with secrets in what is no HTTP', async () => {
    const { apiKey } = cast.project;
    for (const text of [
      `${apiKey}\r\n\r\n`,
      `GET /v1/read/${apiKey} HTTP/9.9\r\n\r\n`,
      `GET /v1/read/${apiKey}/app HTTP/1.1\r\nX-API-Key\0: ${apiKey}\r\n\r\n`,
      `GET /v1/read/app HTTP/1.1\r\nHost: ${apiKey} x\r\nX-API-Key: ${apiKey}\r\n\r\n`,
      `CONNECT ${apiKey}:1 HTTP/1.1\r\nHost: x\r\n\r\n`,
      `POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n${apiKey}`,
    ]) {
      const { status, head, body } = await sendRaw(node.url, text);
      answers.push({ to: text, status, text: head + body, mayShow: false });
    }
  });
});

describe('no secret is found', () => {
  beforeAll(async () => {
    expect(answers.length).toBeGreaterThan(operations.length * 50);
    expect(answers.filter(({ status }) => status >= 400).length).toBeGreaterThan(1000);
    // Lines, spans and metrics are gathered before they are sent.
    await wait(2_500);
  });

  it('in answers, but for those that show one on purpose', () => {
    const all = secrets();
    const shown = answers
      .filter(({ mayShow }) => !mayShow)
      .map(({ to, status, text }) => ({ to, status, shown: shownIn(text, all).filter((name) => name !== 'content') }))
      .filter(({ shown: names }) => names.length > 0);
    expect(shown).toEqual([]);
  });

  it('and no content of a config, in answers to wrong requests', () => {
    const wrongs = answers.filter(({ status }) => status >= 400);
    const shown = wrongs.filter(({ text }) => text.includes(marked.content)).map(({ to }) => to);
    expect(shown).toEqual([]);
  });

  it('in the log, on any level', () => {
    const lines = node.output.split('\n').filter((line) => shownIn(line, secrets()).length > 0);
    expect(node.output.split('\n').length).toBeGreaterThan(answers.length);
    expect(lines.slice(0, 10)).toEqual([]);
  });

  it('in spans and pushed metrics', () => {
    expect(receiver.spans.length).toBeGreaterThan(100);
    expect(receiver.metrics.length).toBeGreaterThan(0);
    expect(shownIn(receiver.text, secrets())).toEqual([]);
    expect(receiver.headers.some(({ authorization }) => authorization === marked.otlpHeader)).toBe(true);
  });

  it('in metrics', async () => {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    expect(text).toContain('config_guardian_');
    expect(shownIn(text, secrets())).toEqual([]);
  });

  it('in audit records', async () => {
    const bearer = { Authorization: `Bearer ${world.admin.accessToken}` };
    let [text, cursor]: [string, string | null] = ['', ''];
    for (; cursor !== null;) {
      const page: string = `/v1/audit?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { status, text: items, body } = await send({ method: 'get', path: page, headers: bearer });
      expect(status).toBe(200);
      text += items;
      cursor = (JSON.parse(body) as { nextCursor: string | null }).nextCursor;
    }
    expect(text).toContain('user.update');
    expect(shownIn(text, secrets())).toEqual([]);
  });
});

describe('a node that refuses its settings', () => {
  it.each([
    ['JWT_SECRETS', marked.clusterSecret],
    ['PASSWORD_PEPPERS', marked.passwordPepper],
    ['CLUSTER_SECRET', `short,${marked.clusterSecret},short`],
    ['ADMIN_PASSWORD', marked.adminPassword.repeat(9)],
    ['DATABASE_URL', `mysql://user:${marked.databasePassword}@127.0.0.1/x`],
    ['DATABASE_URL', `postgresql://user:${marked.databasePassword}@127.0.0.1:99999999/x`],
    ['REDIS_URL', `http://user:${marked.redisPassword}@127.0.0.1/x`],
    ['REDIS_URL', `redis://user:${marked.redisPassword}@127.0.0.1:99999999/x`],
  ])('names %s and does not tell its value', async (name, value) => {
    const { code, stderr } = await refusedBoot(join(directory, 'refused'), { [name]: value });
    expect(code).not.toBe(0);
    expect(stderr).toContain(name);
    expect(shownIn(stderr, new Map(Object.entries(marked)))).toEqual([]);
  });
});
