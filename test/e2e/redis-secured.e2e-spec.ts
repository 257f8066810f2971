import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Circuits } from '../../apps/server/src/common/resilience/circuits';
import { RedisConnections } from '../../apps/server/src/redis/redis-connections';
import { anAuthority } from '../../libs/raft-node/test/a-certificate';
import { describeUnless } from '../support/lacking';
import { freePort, NodeProcess } from '../support/node-process';
import { OtlpReceiver } from '../support/otlp-receiver';
import { temporaryDirectory } from '../support/postgres-directory';
import { RedisServer, untilSo, withoutRedis } from '../support/redis-server';
import { logIn, RemoteWorld } from '../support/remote-world';
import { adminEmail, adminPassword } from '../support/world';

const documented = readFileSync(join(__dirname, '..', '..', 'docs', 'redis.md'), 'utf8');
const exampleProject = '109d5019-f6d1-41e6-8aa3-86a851b49041';
const [password, readersPassword] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];

/** The rule that the documentation gives for a user, with a password and a project. */
function ruleOf(user: string, secret: string, projectId = exampleProject): readonly string[] {
  const rule = new RegExp(`^user ${user} (.+)$`, 'm').exec(documented)?.[1];
  if (rule === undefined) throw new Error(`docs/redis.md has no user ${user}`);
  return rule.replace('>...', `>${secret}`).replaceAll(exampleProject, projectId).split(' ');
}

describeUnless(withoutRedis, 'a Redis over TLS, with the users of the documentation', () => {
  const directory = temporaryDirectory();
  const authority = anAuthority('of Redis');
  let redis: RedisServer;
  let receiver: OtlpReceiver;
  let node: NodeProcess;
  let world: RemoteWorld;
  let port: number;
  const url = (user: string, secret: string): string => `rediss://${user}:${secret}@127.0.0.1:${port}/0`;

  beforeAll(async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(directory.path, name), text);
      return join(directory.path, name);
    };
    const { cert, key, ca } = authority.issue('127.0.0.1');
    port = await freePort();
    const own = ['--tls-cert-file', file('cert.pem', cert), '--tls-key-file', file('key.pem', key)];
    const clients = ['--tls-ca-cert-file', file('ca.pem', ca), '--tls-auth-clients', 'no'];
    redis = await RedisServer.start('--tls-port', String(port), ...own, ...clients);
    await redis.client.acl('SETUSER', 'config-guardian', ...ruleOf('config-guardian', password));
    receiver = await OtlpReceiver.start();
    node = await NodeProcess.on(join(directory.path, 'node'), {
      ...{ ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'debug', RATE_LIMIT_READ: '5' },
      ...{ REDIS_URL: url('config-guardian', password), REDIS_TLS_CA: join(directory.path, 'ca.pem') },
      ...{ REDIS_MIRROR: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '200' },
    });
    await node.start();
    world = new RemoteWorld(node.url, await logIn(node.url, adminEmail, adminPassword));
  }, 90_000);
  afterAll(async () => {
    await node.stop();
    await receiver.stop();
    await redis.close();
  });

  const mirror = async () => (await world.asAdmin('get', '/v1/cluster/mirror').expect(200)).body;

  it('takes the mirror, its rebuild and the limits of a node; a reader sees one project and changes nothing', async () => {
    const [project, other] = [await world.aProject(), await world.aProject()];
    const schema = await world.aSchema();
    await world.aConfig(project, schema, 'app', { port: 8080 });
    await world.aConfig(other, schema, 'app', { port: 9090 });
    await untilSo(async () => (await mirror()).behindMs === 0);
    const { rebuilds } = (await world.asAdmin('post', '/v1/cluster/mirror/rebuild').expect(200)).body;
    await untilSo(async () => (await mirror()).rebuilds > rebuilds);
    await world.http('get', '/v1/read').set('X-API-Key', project.apiKey).expect(200);
    await untilSo(async () => (await redis.client.keys('limit:key:*')).length === 1);

    await redis.client.acl('SETUSER', 'reader', ...ruleOf('reader', readersPassword, project.id));
    const reader = new Redis(url('reader', readersPassword), { tls: { ca: authority.ca }, disableClientInfo: true });
    expect(await reader.hget(`cfg:${project.id}:app`, 'content')).toBe('{"port":8080}');
    await expect(reader.hget(`cfg:${other.id}:app`, 'content')).rejects.toThrow(/NOPERM/);
    await expect(reader.hset(`cfg:${project.id}:app`, 'content', '0')).rejects.toThrow(/NOPERM/);
    await expect(reader.subscribe(`cfg:changes:${other.id}`)).rejects.toThrow(/NOPERM/);
    reader.disconnect();
    for (const secret of [password, project.apiKey]) expect(node.output).not.toContain(secret);
  });

  it('has a span for what a request waits for it', async () => {
    const [trace, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const wrong = { email: 'nobody@example.com', password: 'not the password' };
    const headers = { traceparent: `00-${trace}-${parent}-01` };
    await world.http('post', '/v1/auth/login').set(headers).send(wrong).expect(401);
    const spans = await receiver.trace(trace, ['POST /v1/auth/login', 'redis limits']);
    const [request, call] = ['POST /v1/auth/login', 'redis limits'].map((of) => spans.find(({ name }) => name === of));
    expect(call).toMatchObject({ parent: request?.id, attributes: { 'db.system.name': 'redis' } });
  });

  it.each([
    ['a certificate of an authority that is not known', () => ({ redisTlsCa: anAuthority('another').ca })],
    ['a password that is not the right one', () => ({ redisUrl: url('config-guardian', 'wrong') })],
    ['a user that is off', () => ({ redisUrl: url('nobody', password) })],
  ])('is not used with %s, and its password is in no line of the log', async (_, wrong) => {
    const told: unknown[] = [];
    const log = { warn: (...line: unknown[]) => told.push(line), info: (...line: unknown[]) => told.push(line) };
    const settings = { redisUrl: url('config-guardian', password), redisTlsCa: authority.ca, redisMirror: false };
    const connections = new RedisConnections(
      { ...settings, nodeId: 'node-9', ...wrong() },
      new Circuits(),
      log as unknown as ConstructorParameters<typeof RedisConnections>[2],
    );
    connections.onApplicationBootstrap();
    await untilSo(() => connections.limits?.isAway === true && told.length > 0);
    connections.onModuleDestroy();
    expect(JSON.stringify(told)).toMatch(/Redis is away/);
    expect(JSON.stringify(told)).not.toContain(password);
  });
});
