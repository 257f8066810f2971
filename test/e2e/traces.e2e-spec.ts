import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, NodeProcess } from '../support/node-process';
import type { ReceivedSpan } from '../support/otlp-receiver';
import { OtlpReceiver } from '../support/otlp-receiver';
import { eventually } from '../support/postgres-directory';
import { logIn, RemoteWorld } from '../support/remote-world';
import type { TestProject } from '../support/remote-world';

const adminEmail = 'admin@example.com';
const adminPassword = 'a password that no span may hold';
const markedContent = 'a content that no span may hold';

const directory = mkdtempSync(join(tmpdir(), 'config-guardian-traces-'));
const started: NodeProcess[] = [];

async function aNode(name: string, variables: Readonly<Record<string, string>>): Promise<NodeProcess> {
  const own = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, OTEL_BSP_SCHEDULE_DELAY: '200' };
  const node = await NodeProcess.on(join(directory, name), { ...own, LOG_LEVEL: 'info', ...variables });
  started.push(node);
  await node.start();
  return node;
}

const aTrace = () => ({ trace: randomBytes(16).toString('hex'), parent: randomBytes(8).toString('hex') });

afterAll(async () => {
  await Promise.all(started.map((node) => node.stop()));
  rmSync(directory, { recursive: true, force: true });
});

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`there is no span ${name}`);
  return found;
}

describe('traces of one node', () => {
  let receiver: OtlpReceiver;
  let node: NodeProcess;
  let world: RemoteWorld;
  let project: TestProject;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    node = await aNode('traced', {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=one%20tenant',
      OTEL_SERVICE_NAME: 'the-service',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      SECURITY_NOTICES_URL: `${receiver.url}/notices`,
    });
    world = new RemoteWorld(node.url, await logIn(node.url, adminEmail, adminPassword));
    project = await world.aProject();
    await world.aConfig(project, await world.aSchema(), 'app', { port: 8080 });
  }, 90_000);
  afterAll(() => receiver.stop());

  it('tell of a PUT from the request to disk, state and database, below what the caller named', async () => {
    const { trace, parent } = aTrace();
    await world
      .asAdmin('put', `/v1/projects/${project.id}/configs/app`)
      .set('traceparent', `00-${trace}-${parent}-01`)
      .send({ content: { port: 8081, host: markedContent }, expectedVersion: 1 })
      .expect(200);
    const names = ['read barrier', 'propose', 'sync', 'replicate', 'apply', 'persist'];
    const spans = await receiver.trace(trace, names);
    const request = named(spans, 'PUT /v1/projects/:projectId/configs/:key');
    expect(request.parent).toBe(parent);
    expect(request.attributes).toMatchObject({
      'http.request.method': 'PUT',
      'http.route': '/v1/projects/:projectId/configs/:key',
      'http.response.status_code': 200,
    });
    const propose = named(spans, 'propose');
    expect(named(spans, 'read barrier').parent).toBe(request.id);
    expect(propose.parent).toBe(request.id);
    expect(propose.attributes).toMatchObject({ 'config_guardian.command': 'config.update' });
    for (const name of ['sync', 'replicate', 'apply', 'persist']) expect(named(spans, name).parent).toBe(propose.id);
    expect(spans.every(({ ms }) => ms >= 0)).toBe(true);
  });

  it('tell of a query of history', async () => {
    const { trace, parent } = aTrace();
    await world
      .asAdmin('get', `/v1/projects/${project.id}/configs/app/revisions`)
      .set('traceparent', `00-${trace}-${parent}-01`)
      .expect(200);
    const route = 'GET /v1/projects/:projectId/configs/:key/revisions';
    const spans = await receiver.trace(trace, [route, 'postgresql SELECT config_revisions']);
    expect(named(spans, 'postgresql SELECT config_revisions').parent).toBe(named(spans, route).id);
  });

  it('tell of a call to somebody else, and go with it', async () => {
    const { trace, parent } = aTrace();
    const { body: user } = await world
      .asAdmin('post', '/v1/users')
      .send({ email: 'ada@example.com', password: 'nine purple lanterns' })
      .expect(201);
    await world
      .asAdmin('patch', `/v1/users/${user.id}`)
      .set('traceparent', `00-${trace}-${parent}-01`)
      .send({ email: 'ada@example.org' })
      .expect(200);
    const spans = await receiver.trace(trace, ['PATCH /v1/users/:userId', 'POST notice']);
    const call = named(spans, 'POST notice');
    expect(call.parent).toBe(named(spans, 'PATCH /v1/users/:userId').id);
    const told = receiver.headers.map(({ traceparent }) => traceparent);
    expect(told).toContain(`00-${trace}-${call.id}-01`);
  });

  it.each([
    ['/v1/read/:apiKey/:key', () => `/v1/read/${project.apiKey}/app`, () => ({})],
    ['/v1/read/:apiKeyOrKey', () => '/v1/read/app', () => ({ 'X-API-Key': project.apiKey })],
  ])('tell of a read by %s, with its barrier', async (route, path, headers) => {
    const { trace, parent } = aTrace();
    await world
      .http('get', path())
      .set({ ...headers(), traceparent: `00-${trace}-${parent}-01` })
      .expect(200);
    const spans = await receiver.trace(trace, [`GET ${route}`, 'read barrier']);
    expect(named(spans, `GET ${route}`).parent).toBe(parent);
    expect(named(spans, 'read barrier').parent).toBe(named(spans, `GET ${route}`).id);
  });

  it('leave out what the caller left out', async () => {
    const [out, recorded] = [aTrace(), aTrace()];
    const read = (traceparent: string) =>
      world.http('get', `/v1/read/${project.apiKey}/app`).set({ traceparent }).expect(200);
    await read(`00-${out.trace}-${out.parent}-00`);
    await read(`00-${recorded.trace}-${recorded.parent}-01`);
    await receiver.trace(recorded.trace, ['read barrier']);
    await wait(500);
    expect(receiver.spans.filter(({ trace }) => trace === out.trace)).toEqual([]);
  });

  it('begin one of their own without a traceparent, or with one that is none', async () => {
    const before = receiver.spans.length;
    const bad = ['00-00000000000000000000000000000000-0000000000000000-01', 'nonsense'];
    for (const traceparent of bad) await world.http('get', '/v1/users').set({ traceparent }).expect(401);
    const own = () => receiver.spans.slice(before).filter(({ name, parent }) => name === 'GET /v1/users' && !parent);
    for (let waited = 0; own().length < 2 && waited < 10_000; waited += 50) await wait(50);
    expect(own()).toHaveLength(2);
  });

  it('carry the name of service and node, and go with the headers that were set', () => {
    expect(receiver.resources[0]).toMatchObject({
      'service.name': 'the-service',
      'service.instance.id': 'node-1',
      'deployment.environment.name': 'test',
    });
    expect(receiver.headers[0]).toMatchObject({ 'x-tenant': 'one tenant' });
  });

  it('are named by the log line of their request', async () => {
    const { trace, parent } = aTrace();
    await world.asAdmin('get', '/v1/users').set('traceparent', `00-${trace}-${parent}-01`).expect(200);
    await receiver.trace(trace, ['GET /v1/users']);
    for (let waited = 0; !node.output.includes(trace) && waited < 5_000; waited += 50) await wait(50);
    const line = node.output.split('\n').find((text) => text.includes(trace)) ?? '{}';
    const [span] = receiver.spans.filter((found) => found.trace === trace && found.name === 'GET /v1/users');
    expect(JSON.parse(line)).toMatchObject({ trace_id: trace, span_id: span?.id, msg: 'request completed' });
  });

  it('hold no key, token, password or content', () => {
    expect(receiver.text).not.toBe('');
    for (const secret of [
      project.apiKey,
      world.admin.accessToken,
      world.admin.refreshToken,
      adminPassword,
      markedContent,
    ])
      expect(receiver.text.includes(secret)).toBe(false);
  });

  it('are sent to the last when the node stops', async () => {
    const { trace, parent } = aTrace();
    const read = { traceparent: `00-${trace}-${parent}-01` };
    await world.http('get', `/v1/read/${project.apiKey}/app`).set(read).expect(200);
    const { code, ms } = await node.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(receiver.spans.filter((span) => span.trace === trace)).not.toEqual([]);
  });
});

describe('traces of a node with read workers', () => {
  it('have the reads that their caller has sampled', async () => {
    const receiver = await OtlpReceiver.start();
    try {
      const node = await aNode('workers', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, READ_WORKERS: '2' });
      const world = new RemoteWorld(node.url, await logIn(node.url, adminEmail, adminPassword));
      const project = await world.aProject();
      await world.aConfig(project, await world.aSchema(), 'app', { port: 8080 });
      const read = async (traceparent: string): Promise<void> => {
        const headers = { 'X-API-Key': project.apiKey, traceparent };
        expect((await fetch(`${node.url}/v1/read/app`, { headers })).status).toBe(200);
      };
      const [out, recorded] = [aTrace(), aTrace()];
      await read(`00-${out.trace}-${out.parent}-00`);
      await read(`00-${recorded.trace}-${recorded.parent}-01`);
      const spans = await receiver.trace(recorded.trace, ['GET /v1/read/:apiKeyOrKey', 'read barrier']);
      expect(named(spans, 'GET /v1/read/:apiKeyOrKey').parent).toBe(recorded.parent);
      expect(receiver.spans.filter(({ trace }) => trace === out.trace)).toEqual([]);
      await node.stop();
    } finally {
      await receiver.stop();
    }
  }, 90_000);
});

describe('a node whose receiver of traces is away', () => {
  it('serves, says so once, asks it less and less, and stops in time', async () => {
    const port = await freePort();
    const node = await aNode('away', {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_EXPORT_TIMEOUT: '500',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    });
    for (let n = 0; n < 30; n++) {
      expect((await fetch(`${node.url}/health`)).status).toBe(200);
      await wait(100);
    }
    await eventually('it is not asked any more', async () => {
      await fetch(`${node.url}/health`);
      const text = await (await fetch(`${node.url}/metrics`)).text();
      return /^config_guardian_circuit_state\{to="otlp",use="traces"\} 2$/m.test(text) || undefined;
    });
    const { code, ms } = await node.stop();
    expect(node.output.match(/traces cannot be sent/g)).toHaveLength(1);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
  }, 90_000);
});

describe('a node without an endpoint', () => {
  it('loads nothing of the SDK', async () => {
    const node = await aNode('untraced', {
      NODE_OPTIONS: `--require=${join(__dirname, '..', 'support', 'loaded-modules.cjs')}`,
    });
    await fetch(`${node.url}/health`);
    await node.stop();
    const loaded = /loaded modules: (\d+), of OpenTelemetry's SDK: (\d+)/.exec(node.errors);
    expect(Number(loaded?.[1])).toBeGreaterThan(100);
    expect(Number(loaded?.[2])).toBe(0);
  }, 90_000);
});
