import { join } from 'node:path';
import { ApiClient } from '../support/api-client';
import { NodeProcess } from '../support/node-process';
import { eventually, temporaryDirectory } from '../support/postgres-directory';
import { adminPassword } from '../support/world';

interface Line {
  readonly level: number;
  readonly reqId?: string;
  readonly actorId?: string;
  readonly projectId?: string;
  readonly trace_id?: string;
  readonly sampledOneOf?: number;
  readonly req?: { readonly method: string; readonly path: string };
  readonly res?: { readonly status: number };
}

const reads = 1_500;

describe.each([0, 1])('the log of a node with %d read workers', (workers) => {
  const directory = temporaryDirectory();
  let node: NodeProcess;
  let client: ApiClient;
  let project: { readonly id: string; readonly apiKey: string };
  let configs: string;

  beforeAll(async () => {
    const own = { ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'info', READ_WORKERS: String(workers) };
    node = await NodeProcess.on(join(directory.path, 'data'), own);
    await node.start();
    client = new ApiClient(node.url);
    await client.logIn();
    project = await client.ask('POST', '/v1/projects', { name: 'logged' });
    configs = `/v1/projects/${project.id}/configs`;
    const schema = await client.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} });
    await client.ask('POST', configs, { key: 'app', schemaId: schema.id, content: 1 });
  }, 120_000);

  afterAll(async () => {
    await node.stop();
    directory.remove();
  }, 60_000);

  const lines = (): readonly Line[] =>
    node.output.split('\n').flatMap((text) => (text.startsWith('{') ? [JSON.parse(text) as Line] : []));
  const lineOf = (requestId: string): Promise<Line> =>
    eventually(`the line of ${requestId}`, () => lines().find(({ reqId }) => reqId === requestId));
  const read = (key: string, requestId: string) =>
    fetch(`${node.url}/v1/read/${key}`, { headers: { 'x-api-key': project.apiKey, 'x-request-id': requestId } });

  it('has one of a thousand reads that went well, and says so, with their project', async () => {
    for (let n = 0; n < reads; n += 1) expect((await read('app', `well-${n}`)).status).toBe(200);
    const logged = await eventually('a line of them', () => {
      const found = lines().filter(({ reqId }) => reqId?.startsWith('well-'));
      return found.length > 0 ? found : undefined;
    });
    expect(logged.length).toBeLessThanOrEqual(2);
    for (const line of logged) expect(line).toMatchObject({ sampledOneOf: 1000, projectId: project.id, level: 30 });
  }, 120_000);

  it.each(['00', '01'])(
    'has the trace of its caller, who has decided %s, though the node sends none',
    async (flags) => {
      const [traceId, requestId] = [`0af7651916cd43dd8448eb211c8031${flags}`, `traced-${flags}`];
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}`, 'x-request-id': requestId };
      expect((await fetch(`${node.url}/v1/projects`, { headers })).status).toBe(401);
      expect(await lineOf(requestId)).toMatchObject({ trace_id: traceId });
    },
  );

  it('has every read that went wrong, with its project where the key is one', async () => {
    for (let n = 0; n < 20; n += 1) expect((await read('none', `missing-${n}`)).status).toBe(404);
    const wrong = await fetch(`${node.url}/v1/read/app`, {
      headers: { 'x-api-key': `cfg_${'a'.repeat(43)}`, 'x-request-id': 'stranger' },
    });
    expect(wrong.status).toBe(401);
    for (let n = 0; n < 20; n += 1) {
      const line = await lineOf(`missing-${n}`);
      expect(line).toMatchObject({ projectId: project.id, res: { status: 404 } });
      expect(line.sampledOneOf).toBeUndefined();
    }
    expect(await lineOf('stranger')).toEqual(expect.not.objectContaining({ projectId: expect.anything() }));
  });

  it('has actor and project of every change', async () => {
    const { id: actorId } = await client.ask<{ id: string }>('GET', '/v1/auth/me');
    const headers = { 'x-request-id': 'change' };
    await client.send('PUT', `${configs}/app`, { content: 2, expectedVersion: 1 }, headers);
    expect(await lineOf('change')).toMatchObject({ actorId, projectId: project.id, req: { method: 'PUT' } });
  });
});
