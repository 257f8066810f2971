import { renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { answerOf } from '../support/raw-http';
import { adminEmail, adminPassword } from '../support/world';

const [servers, people, others] = [anAuthority('servers'), anAuthority('people'), anAuthority('others')];
const certified = (authority = people) => {
  const { cert, key } = authority.issue('laptop');
  return { cert, key };
};
const directory = temporaryDirectory();
const authorities = join(directory.path, 'people.crt');
let node: NodeProcess;
let port: number;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function ask(path: string, { body, ...options }: RequestOptions & { readonly body?: object } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...(body && { 'Content-Type': 'application/json' }), ...options.headers };
    const how = { host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', ca: servers.ca, agent: false } as const;
    const asked = request({ ...how, ...options, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: (text.startsWith('{') ? JSON.parse(text) : {}) as never }),
      );
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

const credentials = { email: adminEmail, password: adminPassword };
const login = (options: RequestOptions, path = '/v1/auth/login') => ask(path, { ...options, body: credentials });
const refused = { status: 403, body: { code: 'client-certificate-required' } };

beforeAll(async () => {
  writeFileSync(authorities, people.ca);
  const { cert, key } = servers.issue('127.0.0.1');
  node = await NodeProcess.on(join(directory.path, 'data'), {
    ...{ ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info' },
    ...{ TLS_CERT: cert, TLS_KEY: key, ADMIN_TLS_CA: authorities },
  });
  port = Number(new URL(node.url).port);
  node.launch();
  await eventually('it is ready without a certificate', async () =>
    (await ask('/ready').catch(() => undefined))?.status === 200 ? true : undefined,
  );
});
afterAll(async () => {
  await node.kill();
  directory.remove();
});

it('lets in who has a certificate and the password, and neither alone', async () => {
  expect((await login(certified())).status).toBe(200);
  expect(await login({})).toMatchObject(refused);
  expect(await login(certified(others))).toMatchObject(refused);
  const wrong = await ask('/v1/auth/login', { ...certified(), body: { ...credentials, password: 'another' } });
  expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid-credentials' } });
});

it.each([
  '/V1/auth/login',
  '/v1/auth/login/',
  '/v1//auth/login',
  '/v1/read/../auth/login',
  '/v1/read/%2e%2e/auth/login',
])('finds no way past it: %s', async (path) => {
  expect((await login({}, path)).status).toBeGreaterThanOrEqual(400);
});

it('holds for an access token too', async () => {
  const { body } = await login(certified());
  const headers = { Authorization: `Bearer ${String(body['accessToken'])}` };
  expect((await ask('/v1/auth/me', { ...certified(), headers })).status).toBe(200);
  expect(await ask('/v1/auth/me', { headers })).toMatchObject(refused);
});

it('asks none of services and probes', async () => {
  const { body } = await login(certified());
  const headers = { Authorization: `Bearer ${String(body['accessToken'])}` };
  const made = await ask('/v1/projects', { ...certified(), headers, body: { name: 'read by services' } });
  const key = { 'X-API-Key': String(made.body['apiKey']) };
  expect((await ask('/v1/read', { headers: key })).status).toBe(200);
  expect((await ask('/v1/read/app', { headers: key })).status).toBe(404);
  for (const path of ['/health', '/ready', '/metrics', '/docs/', '/openapi.json', '/problems/forbidden'])
    expect([path, (await ask(path)).status]).toEqual([path, 200]);
});

it('takes a session that is resumed for what it was', async () => {
  const raw = async (
    options: object,
  ): Promise<{ readonly session: Buffer; readonly status: number; readonly reused: boolean }> => {
    let session: Buffer = Buffer.alloc(0);
    let reused = false;
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: servers.ca, ...options });
    socket.once('secureConnect', () => (reused = socket.isSessionReused()));
    socket.on('session', (ticket) => (session = ticket));
    socket.write('GET /v1/auth/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const { status } = await answerOf(socket);
    return { session, status, reused };
  };
  const stranger = await raw({});
  expect(stranger.status).toBe(403);
  expect(await raw({ session: stranger.session })).toMatchObject({ reused: true, status: 403 });
  const person = await raw(certified());
  expect(person.status).toBe(401);
  expect(await raw({ session: person.session })).toMatchObject({ reused: true, status: 401 });
});

it('follows the file when the authority is replaced', async () => {
  const [old, current] = [certified(), certified(others)];
  writeFileSync(`${authorities}.new`, others.ca);
  renameSync(`${authorities}.new`, authorities);
  await eventually('the new authority is trusted', async () =>
    (await login(current)).status === 200 ? true : undefined,
  );
  expect(await login(old)).toMatchObject(refused);
});
