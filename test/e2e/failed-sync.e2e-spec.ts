import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client';
import { ConfigWriter } from '../support/config-writer';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

const preload = join(__dirname, '..', 'support', 'failing-sync.cjs');

describe('a sync of the log that fails once', () => {
  const directory = temporaryDirectory();
  const order = () => join(directory.path, 'fail-next-sync');
  let node: NodeProcess;
  let client: ApiClient;
  let writers: readonly ConfigWriter[];

  beforeAll(async () => {
    node = await NodeProcess.on(join(directory.path, 'data'), {
      ADMIN_PASSWORD: adminPassword,
      NODE_OPTIONS: `--require=${preload}`,
    });
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask('POST', '/v1/projects', { name: 'shop' });
    const { id: schemaId } = await client.ask('POST', '/v1/schemas', { name: 'any', content: {} });
    const configs = `/v1/projects/${String(project['id'])}/configs`;
    writers = [1, 2, 3].map((n) => new ConfigWriter(client, configs, `writer-${n}`, { expectsVersion: n === 1 }));
    for (const writer of writers) await writer.create(String(schemaId));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.abandon()));
    await node.stop();
    directory.remove();
  }, 60_000);

  it('ends the process with code 1 and the reason on stderr; the next start has every acknowledged write', async () => {
    const acknowledged = () => writers.map((writer) => writer.acknowledged);
    for (const writer of writers) writer.start();
    await eventually('every writer has written', () => acknowledged().every((count) => count > 5) || undefined);
    const ended = node.ended();
    writeFileSync(order(), '');
    expect(await ended).toEqual({ code: 1, signal: null });
    const [reason, ...more] = node.errors.trim().split('\n');
    expect(JSON.parse(reason ?? '')).toMatchObject({ level: 60, msg: 'the node must stop' });
    expect(reason).toContain('EIO: i/o error, fdatasync');
    expect(more).toEqual([]);
    expect(existsSync(order())).toBe(false);

    const before = acknowledged();
    await node.start();
    await Promise.all(writers.map((writer) => writer.pause()));
    expect((await Promise.all(writers.map((writer) => writer.verify()))).flat()).toEqual([]);
    expect(acknowledged().every((count, at) => count > (before[at] ?? 0))).toBe(true);
    expect(await client.ask('GET', '/v1/audit/verify')).toMatchObject({ valid: true });
  }, 120_000);
});
