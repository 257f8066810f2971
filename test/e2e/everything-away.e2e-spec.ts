import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client';
import { freePort, NodeProcess } from '../support/node-process';
import type { NodeEnd } from '../support/node-process';
import type { TestDatabase } from '../support/postgres';
import { createTestDatabase } from '../support/postgres';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { TcpProxy } from '../support/tcp-proxy';
import { adminPassword } from '../support/world';

const contractMs = 10_000;

/** It takes connections and says nothing, or nobody listens there. */
class AwayPlace {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(readonly port: number) {}

  static async of(kind: Kind): Promise<AwayPlace> {
    const place = new AwayPlace(await freePort());
    if (kind === 'a black hole') {
      place.#server = createServer((socket) => place.#sockets.add(socket.on('error', () => undefined)));
      await new Promise<void>((resolve) => place.#server?.listen(place.port, '127.0.0.1', resolve));
    }
    return place;
  }

  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

const kinds = ['a closed port', 'a black hole'] as const;
type Kind = (typeof kinds)[number];

describe.each(kinds)('with %s for everything outside, a node', (kind) => {
  const directory = temporaryDirectory();
  const nodes: NodeProcess[] = [];
  let place: AwayPlace;
  let database: TestDatabase;
  let proxy: TcpProxy;
  /** It takes a minute, in which the others are tested. */
  let givesUp: { readonly node: NodeProcess; readonly end: ReturnType<NodeProcess['ended']> };

  beforeAll(async () => {
    place = await AwayPlace.of(kind);
    database = await createTestDatabase();
    proxy = await TcpProxy.before(database.url);
    const node = await aNode('gives-up', away());
    node.launch();
    givesUp = { node, end: node.ended() };
  });

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await proxy.close();
    await database.drop();
    place.close();
    directory.remove();
  }, 60_000);

  async function aNode(name: string, databaseUrl: string): Promise<NodeProcess> {
    const url = `http://127.0.0.1:${place.port}`;
    const node = await NodeProcess.on(join(directory.path, name), {
      ...{ ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info', DATABASE_URL: databaseUrl, REQUEST_TIMEOUT: '2s' },
      ...{ REDIS_URL: `redis://127.0.0.1:${place.port}/0`, REDIS_MIRROR: 'true' },
      ...{ RATE_LIMIT_READ: '1000', RATE_LIMIT_ADMIN: '1000' },
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '200' },
      ...{ OTEL_BSP_SCHEDULE_DELAY: '200', SECURITY_NOTICES_URL: `${url}/notices` },
    });
    nodes.push(node);
    return node;
  }
  const away = (): string => `postgresql://nobody@127.0.0.1:${place.port}/nothing`;

  function expectOrder({ code, signal, ms }: NodeEnd, { output }: NodeProcess): void {
    console.log(`${expect.getState().currentTestName}: ended with ${code} after ${Math.round(ms)} ms`);
    expect({ code, signal, output }).toEqual({ code: 0, signal: null, output });
    expect(ms).toBeLessThan(contractMs);
    expect(output).toMatch(/the node has stopped after \d+ ms/);
    const errors = output
      .split('\n')
      .filter((line) => /"level":(50|60)/.test(line) && !line.includes('request failed'));
    expect(errors).toEqual([]);
  }

  it('starts, serves all, goes on reading when its database goes away too, and ends in time', async () => {
    const node = await aNode('served', proxy.url);
    await node.start();
    const client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask<{ id: string; apiKey: string }>('POST', '/v1/projects', { name: 'alone' });
    const schema = await client.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} });
    const configs = `/v1/projects/${project.id}/configs`;
    await client.ask('POST', configs, { key: 'app', schemaId: schema.id, content: 1 });
    const user = { email: 'ada@example.com', password: 'nine purple lanterns' };
    const { id } = await client.ask<{ id: string }>('POST', '/v1/users', user);
    // Of which nobody can be told.
    await client.ask('PATCH', `/v1/users/${id}`, { email: 'ada@example.org' });
    const { body: ready } = await client.send('GET', '/ready');
    expect(ready).toMatchObject({ status: 'ok', checks: { redis: { status: 'unavailable' } } });

    if (kind === 'a closed port') await proxy.close();
    else proxy.pause();
    const unready = await eventually('its database is missed', async () => {
      const { status, body } = await client.send('GET', '/ready');
      return status === 503 ? body : undefined;
    });
    expect(unready).toMatchObject({ checks: { database: { status: 'unavailable' }, raft: { status: 'ok' } } });
    for (const path of [`/v1/read/${project.apiKey}/app`, `${configs}/app`]) {
      const { status, body } = await client.send('GET', path);
      expect([path, status, body]).toEqual([path, 200, expect.objectContaining({ content: 1 })]);
    }
    // It is durable in the log, so it is acknowledged; what needs the database is refused in time.
    const written = await client.send('PUT', `${configs}/app`, { content: 2, expectedVersion: 1 });
    expect(written.status).toBe(200);
    const history = await client.send('GET', `${configs}/app/revisions`);
    expect([history.status, history.headers.has('retry-after')]).toEqual([503, true]);
    expectOrder(await node.stop(), node);

    if (kind === 'a closed port') await proxy.open();
    else proxy.resume();
    await node.start();
    expect(await client.ask('GET', `${configs}/app`)).toMatchObject({ content: 2, version: 2 });
    expectOrder(await node.stop(), node);
  }, 120_000);

  it('waits for a database that is not there at its start, says so, and ends in time when it is told to', async () => {
    const node = await aNode('waits', away());
    node.launch();
    await eventually('it answers', async () =>
      (await fetch(`${node.url}/health`).catch(() => undefined))?.ok === true ? true : undefined,
    );
    expect((await fetch(`${node.url}/ready`)).status).toBe(503);
    expect((await fetch(`${node.url}/metrics`)).status).toBe(200);
    const read = await fetch(`${node.url}/v1/read/app`, { headers: { 'x-api-key': `cfg_${'a'.repeat(43)}` } });
    expect([read.status, await read.json()]).toEqual([503, expect.objectContaining({ code: 'not-ready' })]);
    await eventually('it says what it waits for', () =>
      node.output.includes('waiting for the database') ? true : undefined,
    );
    expectOrder(await node.stop(), node);
  }, 60_000);

  it('gives the database up after a minute, with one line that says what to do', async () => {
    expect(await givesUp.end).toEqual({ code: 1, signal: null });
    expect(givesUp.node.errors).toMatch(
      /^The node could not start: PostgreSQL at 127\.0\.0\.1:\d+\/nothing could not be reached within 60 s: .*Start it or correct DATABASE_URL.*\n$/,
    );
  }, 100_000);
});
