import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { NodeProcess } from '../support/node-process';
import { problemIn } from '../support/problem';
import { adminEmail, adminPassword } from '../support/world';

describe('a node that requires HTTPS, behind a proxy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'config-guardian-require-https-'));
  const viaHttps = { 'X-Forwarded-Proto': 'https' };
  let node: NodeProcess;
  let apiKey: string;

  const ask = (method: 'get' | 'post', path: string, headers = {}) => request(node.url)[method](path).set(headers);

  beforeAll(async () => {
    const variables = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'warn' };
    node = await NodeProcess.on(directory, { ...variables, REQUIRE_HTTPS: 'true', TRUST_PROXY: 'loopback' });
    await node.start();
    const credentials = { email: adminEmail, password: adminPassword };
    const { body: session } = await ask('post', '/v1/auth/login', viaHttps).send(credentials).expect(200);
    const authorized = { ...viaHttps, Authorization: `Bearer ${session.accessToken}` };
    const { body: project } = await ask('post', '/v1/projects', authorized).send({ name: 'project' }).expect(201);
    apiKey = project.apiKey;
    const { body: schema } = await ask('post', '/v1/schemas', authorized)
      .send({ name: 'all', content: {} })
      .expect(201);
    const config = { key: 'app', schemaId: schema.id, content: { port: 1 } };
    await ask('post', `/v1/projects/${project.id}/configs`, authorized).send(config).expect(201);
  }, 120_000);
  afterAll(async () => {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each([{}, { 'X-Forwarded-Proto': 'http' }, { 'X-Forwarded-Proto': 'http, https' }])(
    'refuses what a client sent to the proxy over plain HTTP: %j',
    async (headers) => {
      const reads = [`/v1/read/${apiKey}/app`, `/v1/read/${apiKey}`, `/v1/read/${apiKey}/app?waitIndex=1`];
      for (const path of [...reads, `/v1/watch/${apiKey}?keys=app`, '/v1/projects', '/nowhere']) {
        const answer = await ask('get', path, headers);
        problemIn(answer, 403, 'https-required');
        expect(answer.headers['connection']).toBe('close');
      }
    },
  );

  it('answers what came to the proxy over HTTPS, and probes however they came', async () => {
    expect((await ask('get', `/v1/read/${apiKey}/app`, viaHttps).expect(200)).body.content).toEqual({ port: 1 });
    for (const path of ['/health', '/ready', '/metrics']) await ask('get', path).expect(200);
  });
});
