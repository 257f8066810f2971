import { join } from 'node:path';
import type { Answer } from '../support/api-client';
import { ApiClient } from '../support/api-client';
import { NodeProcess } from '../support/node-process';
import { temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

const windowLength = 40;

/** One node that can be killed, with a window so short that a test can go past it. */
describe('an Idempotency-Key over a crash and past the window', () => {
  const directory = temporaryDirectory();
  let node: NodeProcess;
  let client: ApiClient;
  let configs: string;
  let schemaId: string;
  let keys = 0;

  beforeAll(async () => {
    node = await NodeProcess.on(
      join(directory.path, 'data'),
      { ADMIN_PASSWORD: adminPassword, SMALL_WINDOW: String(windowLength) },
      join(__dirname, '..', 'support', 'small-window-node.cjs'),
    );
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
    const project = await client.ask('POST', '/v1/projects', { name: 'shop' });
    configs = `/v1/projects/${String(project['id'])}/configs`;
    schemaId = String((await client.ask('POST', '/v1/schemas', { name: 'any', content: {} }))['id']);
  }, 120_000);

  afterAll(async () => {
    await node.stop();
    directory.remove();
  }, 60_000);

  async function aConfig(): Promise<string> {
    const key = `config-${++keys}`;
    await client.ask('POST', configs, { key, schemaId, content: 0 });
    return `${configs}/${key}`;
  }

  const crash = async (): Promise<void> => {
    await node.kill();
    await node.start();
  };
  /** Without a version: executed again, it would make another one. */
  const put = (path: string, content: number, key: string): Promise<Answer> =>
    client.send('PUT', path, { content }, { 'if-match': '*', 'idempotency-key': key });
  const versionOf = async (path: string): Promise<unknown> => (await client.ask('GET', path))['version'];
  const indexOf = ({ headers }: Answer): number => Number(headers.get('x-config-index'));
  const index = async (): Promise<number> => indexOf(await client.send('GET', configs));

  /** Other changes, until the log stands at this index. */
  async function passTime(until: number, path: string): Promise<void> {
    for (let n = 0; (await index()) < until; n++) await client.ask('PUT', path, { content: n, expectedVersion: n + 1 });
    expect(await index()).toBe(until);
  }

  it('gives the first outcome after kill -9, and refuses another request', async () => {
    const path = await aConfig();
    const first = await put(path, 1, 'crash');
    expect([first.status, first.body['version']]).toEqual([200, 2]);
    await crash();
    const again = await put(path, 1, 'crash');
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await versionOf(path)).toBe(2);
    expect(await put(path, 2, 'crash')).toMatchObject({ status: 422, body: { code: 'idempotency-mismatch' } });
  }, 120_000);

  it('keeps a rejection over kill -9', async () => {
    const path = await aConfig();
    const early = () => client.send('PUT', path, { content: 1, expectedVersion: 2 }, { 'idempotency-key': 'rejected' });
    const conflict = { status: 409, body: { code: 'version-conflict', currentVersion: 1 } };
    expect(await early()).toMatchObject(conflict);
    await client.ask('PUT', path, { content: 2, expectedVersion: 1 });
    await crash();
    expect(await early()).toMatchObject(conflict);
    expect(await versionOf(path)).toBe(2);
  }, 120_000);

  it('executes once what was under way when the node was killed', async () => {
    const path = await aConfig();
    const unanswered = Array.from({ length: 8 }, () => put(path, 1, 'under-way').catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await crash();
    await Promise.all(unanswered);
    expect(await put(path, 1, 'under-way')).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await versionOf(path)).toBe(2);
  }, 120_000);

  it('holds to the end of the window, over a crash, and no further', async () => {
    const [path, busy] = [await aConfig(), await aConfig()];
    const first = await put(path, 1, 'window');
    const appliedAt = Number(first.body['modIndex']);
    await crash();
    await passTime(appliedAt + windowLength - 1, busy);
    const last = await put(path, 1, 'window');
    expect([last.status, last.body]).toEqual([200, first.body]);
    await client.ask('PATCH', configs.replace('/configs', ''), { description: 'one more' });
    // Forgotten, the key names a new request.
    expect(await put(path, 1, 'window')).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await versionOf(path)).toBe(3);
  }, 120_000);

  it('is forgotten at the same index by a node that was killed since; an expected version still guards', async () => {
    const [path, busy] = [await aConfig(), await aConfig()];
    const guarded = () =>
      client.send('PUT', path, { content: 1, expectedVersion: 1 }, { 'idempotency-key': 'guarded' });
    expect(await guarded()).toMatchObject({ status: 200, body: { version: 2 } });
    const { body } = await put(path, 2, 'restarted');
    await passTime(Number(body['modIndex']) + windowLength, busy);
    await crash();
    expect(await put(path, 2, 'restarted')).toMatchObject({ status: 200, body: { version: 4 } });
    expect(await guarded()).toMatchObject({ status: 409, body: { code: 'version-conflict', currentVersion: 4 } });
  }, 120_000);
});
