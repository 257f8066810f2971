import { readdirSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiClient } from '../support/api-client';
import { ConfigWriter } from '../support/config-writer';
import { EmbeddedServer } from '../support/embedded-server';
import { FrozenPostgres } from '../support/frozen-postgres';
import { NodeProcess } from '../support/node-process';
import type { NodeEnd } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { answerOf } from '../support/raw-http';
import { adminEmail, adminPassword } from '../support/world';

const contractMs = 10_000;

/** SIGTERM ends a node in order, in time, and with every request answered, whatever state its parts are in. */
describe('a node that is told to stop', () => {
  const directory = temporaryDirectory();
  let dataDir: string;
  let node: NodeProcess;
  let client: ApiClient;
  let configs: string;
  let schemaId: string;
  let writers: readonly ConfigWriter[];
  let loggedBefore = 0;

  beforeAll(async () => {
    dataDir = join(directory.path, 'data');
    node = await NodeProcess.on(dataDir, { ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info' });
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask<{ id: string }>('POST', '/v1/projects', { name: 'shutdown' });
    ({ id: schemaId } = await client.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} }));
    configs = `/v1/projects/${project.id}/configs`;
    writers = Array.from(
      { length: 8 },
      (_, n) => new ConfigWriter(client, configs, `w${n}`, { expectsVersion: n < 4 }),
    );
    for (const writer of writers) await writer.create(schemaId);
  }, 120_000);

  /** A test that failed leaves the next one a node too. */
  beforeEach(async () => {
    if (!(await node.isReady())) await node.start();
    loggedBefore = node.output.length;
  }, 60_000);

  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.abandon()));
    await node.stop();
    directory.remove();
  }, 60_000);

  /** How it ended, with what it logged in this test. */
  async function stopped(): Promise<NodeEnd & { readonly logged: string }> {
    const end = await node.stop();
    const logged = node.output.slice(loggedBefore);
    console.log(`${expect.getState().currentTestName}: ended with ${end.code} after ${Math.round(end.ms)} ms`);
    return { ...end, logged };
  }

  function expectOrder({ code, ms, logged }: NodeEnd & { readonly logged: string }): void {
    expect({ code, logged }).toEqual({ code: 0, logged });
    expect(ms).toBeLessThan(contractMs);
    expect(logged).toMatch(/SIGTERM: the node stops/);
    expect(logged).toMatch(/the node has stopped after \d+ ms/);
  }

  async function lostWrites(): Promise<readonly string[]> {
    return (await Promise.all(writers.map((writer) => writer.verify()))).flat();
  }

  it('ends when it is idle, though connections are kept open', async () => {
    const { hostname, port } = new URL(node.url);
    const idle = connect(Number(port), hostname);
    idle.on('error', () => undefined);
    await client.ask('GET', '/v1/projects');
    const end = await stopped();
    expectOrder(end);
    expect(end.logged).not.toMatch(/"level":(40|50|60)/);
    idle.destroy();
  }, 60_000);

  it('answers the requests that are under way, and hangs up behind each', async () => {
    const body = JSON.stringify({ key: 'slowly', schemaId, content: 1 });
    const halfSent = openRequest(node.url, client, configs, body.length);
    halfSent.write(body.slice(0, 10));
    const logins = Array.from({ length: 3 }, () =>
      client.send('POST', '/v1/auth/login', { email: adminEmail, password: adminPassword }),
    );
    const answer = answerOf(halfSent);
    await wait(150);
    const ending = stopped();
    await wait(300);
    halfSent.write(body.slice(10));
    expect(await answer).toMatchObject({ status: 201, head: expect.stringMatching(/^Connection: close$/im) });
    // On a machine that is too busy to check a password in time, that is said.
    for (const { status } of await Promise.all(logins)) expect([200, 503]).toContain(status);
    expectOrder(await ending);
  }, 60_000);

  it('tells those who take too long that it stops, and accepts nobody new', async () => {
    const neverSent = openRequest(node.url, client, configs, 100);
    const answer = answerOf(neverSent);
    await wait(150);
    const ending = stopped();
    await wait(300);
    await expect(fetch(`${node.url}/health`)).rejects.toThrow();
    const { status, head, body } = await answer;
    expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({
      status: 503,
      code: 'not-ready',
      detail: 'The node is stopping.',
    });
    expect(head).toMatch(/^Retry-After: 1$/im);
    const end = await ending;
    expectOrder(end);
    expect(end.logged).toMatch(/1 requests did not end within \d+ ms/);
  }, 60_000);

  it('keeps what it acknowledged while writers write', async () => {
    for (const writer of writers) writer.start();
    await wait(1_000);
    expectOrder(await stopped());
    await node.start();
    await Promise.all(writers.map((writer) => writer.pause()));
    expect(await lostWrites()).toEqual([]);
  }, 90_000);

  it('ends in time on a database that is frozen, says what is left to recovery, and recovers it', async () => {
    for (const writer of writers) writer.start();
    await wait(500);
    const cluster = join(realpathSync(dataDir), 'postgres', 'cluster');
    const server = new EmbeddedServer(dataDir);
    const frozen = FrozenPostgres.freeze(cluster, server.processId);
    const before = writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    const history = client.send('GET', `${configs}/w0/revisions`);
    await wait(500);
    const end = await stopped();
    frozen.thaw();
    const during = writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0) - before;
    console.log(`${during} writes were acknowledged while the database was frozen`);
    expectOrder(end);
    expect((await history).status).toBe(503);
    expect(end.logged).toMatch(/stopped with the database safe up to \d+ of \d+; the log has the rest/);
    expect(end.logged).toMatch(/the embedded PostgreSQL did not end within \d+ ms/);
    await node.start();
    await Promise.all(writers.map((writer) => writer.pause()));
    expect(await lostWrites()).toEqual([]);
    expect(during).toBeGreaterThan(0);
  }, 120_000);

  it.each([/^jwt-secret$/, /^postgres.initialising-/, /^postgres.cluster.postmaster.pid$/, /^log.lock$/])(
    'ends in the middle of its first start, when there is %s, and starts afterwards',
    async (sign) => {
      const fresh = join(directory.path, `until-${sign.source.replace(/\W/g, '')}`);
      const starting = await NodeProcess.on(fresh, { ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info' });
      starting.launch();
      await eventually(`${sign} is there`, () => namesIn(fresh).find((name) => sign.test(name)));
      const { code, ms } = await starting.stop();
      const { output } = starting;
      console.log(`stopped at ${sign}: ended with ${code} after ${Math.round(ms)} ms`);
      expect({ code, output, late: ms >= contractMs }).toEqual({ code: 0, output, late: false });
      expect(output).not.toContain('could not start');
      await starting.start();
      expect(await starting.stop()).toMatchObject({ code: 0 });
    },
    60_000,
  );
});

/** What there is below a directory that another process fills and empties. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true }) as string[];
  } catch {
    return [];
  }
}

function openRequest(url: string, { authorization }: ApiClient, path: string, length: number): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: node',
    `Authorization: ${authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
  ];
  socket.write([...head, '', ''].join('\r\n'));
  return socket;
}
