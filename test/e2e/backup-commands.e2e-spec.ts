import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiClient } from '../support/api-client';
import { NodeProcess } from '../support/node-process';
import { OperatorCommand } from '../support/operator-command';
import { createTestDatabase } from '../support/postgres';
import type { TestDatabase } from '../support/postgres';
import { temporaryDirectory } from '../support/postgres-directory';
import { adminEmail, adminPassword } from '../support/world';

const freshPassword = 'of a node that nobody has used';
const credentials = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword };
const rounds = Number(process.env['RESTORE_ROUNDS'] ?? 4);

/** The commands that operators type, on real nodes, killed as real machines are. */
describe('backing up and restoring by command', () => {
  const directory = temporaryDirectory();
  const databases: TestDatabase[] = [];
  const nodes: NodeProcess[] = [];
  let source: NodeProcess;
  let file: string;
  let projectId: string;
  let restoreMs = 0;

  async function aNode(password = freshPassword): Promise<{ node: NodeProcess; variables: Record<string, string> }> {
    const database = await createTestDatabase();
    databases.push(database);
    const dataDir = join(directory.path, `node-${databases.length}`);
    mkdirSync(dataDir, { mode: 0o700 });
    const given = { DATABASE_URL: database.url, ADMIN_PASSWORD: password };
    const node = await NodeProcess.on(dataDir, given);
    nodes.push(node);
    return { node, variables: { ...given, DATA_DIR: dataDir } };
  }

  const backUp = (given: readonly string[], variables: object = credentials) =>
    new OperatorCommand('backup-command', given, variables).ended;
  const restore = (variables: object, from = file) => new OperatorCommand('restore', [from], variables);

  beforeAll(async () => {
    file = join(directory.path, 'backup.gz');
    ({ node: source } = await aNode(adminPassword));
    await source.start();
    const client = new ApiClient(source.url);
    await client.logIn();
    ({ id: projectId } = await client.ask<{ id: string }>('POST', '/v1/projects', { name: 'shop' }));
    const schema = await client.ask<{ id: string }>('POST', '/v1/schemas', { name: 'any', content: {} });
    for (let n = 0; n < 100; n++) {
      const config = { key: `config-${n}`, schemaId: schema.id, content: { n, text: 'x'.repeat(2_000) } };
      await client.ask('POST', `/v1/projects/${projectId}/configs`, config);
    }
  }, 120_000);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    for (const database of databases) await database.drop();
    directory.remove();
  }, 60_000);

  it('writes a whole backup under its name, and replaces none unless told to', async () => {
    const taken = await backUp(['--url', source.url, '--out', file]);
    expect(taken).toEqual({
      code: 0,
      output: expect.stringMatching(/is whole: \d+ rows[^]*state hash {2}[0-9a-f]{64}/),
    });
    const bytes = readFileSync(file);
    const again = await backUp(['--url', source.url, '--out', file]);
    expect(again).toEqual({ code: 1, output: expect.stringContaining('--force') });
    expect(readFileSync(file)).toEqual(bytes);
    expect((await backUp(['--url', source.url, '--out', file, '--force'])).code).toBe(0);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it.each([
    ['a wrong password', () => ['--url', source.url], { ...credentials, ADMIN_PASSWORD: 'another one' }, 1, /401/],
    ['nobody at the URL', () => ['--url', 'http://127.0.0.1:9'], credentials, 1, /cannot be reached/],
    ['no password', () => ['--url', source.url], {}, 2, /ADMIN_PASSWORD/],
    ['an unknown option', () => ['--what'], credentials, 2, /Usage/],
  ])('writes nothing with %s', async (_what, given, variables, code, message) => {
    const other = join(directory.path, 'other.gz');
    const ended = await backUp([...given(), '--out', other], variables);
    expect(ended).toEqual({ code, output: expect.stringMatching(message) });
    expect([other, `${other}.part`].filter(existsSync)).toEqual([]);
  });

  it('restores into a node that was never started, which then serves it', async () => {
    const { node, variables } = await aNode();
    const began = performance.now();
    const ended = await restore(variables).ended;
    restoreMs = performance.now() - began;
    const stateHash = /state hash {2}(\w+) \(that of the backup\)/.exec(ended.output)?.[1];
    expect(ended).toEqual({ code: 0, output: expect.stringContaining(`state hash ${stateHash}`) });
    await node.start();
    expect(await wholeState(node)).toBe('new');
    const again = await restore(variables).ended;
    expect(again).toEqual({ code: 1, output: expect.stringContaining('Stop the node first') });
    await node.stop();
    const refused = await restore(variables).ended;
    expect(refused).toEqual({ code: 1, output: expect.stringMatching(/^cluster-not-empty: .*1 project/m) });
    await node.start();
    expect(await wholeState(node)).toBe('new');
    await node.kill();
  }, 120_000);

  it('changes nothing with a file that is no backup', async () => {
    const { node, variables } = await aNode();
    const wrong = join(directory.path, 'wrong.gz');
    writeFileSync(wrong, readFileSync(file).subarray(0, 3_000));
    expect(await restore(variables, wrong).ended).toEqual({
      code: 1,
      output: expect.stringMatching(/Nothing was changed: the backup is damaged or incomplete/),
    });
    expect((await restore(variables, `${wrong}.none`).ended).code).toBe(2);
    await node.start();
    expect(await wholeState(node)).toBe('old');
    await node.kill();
  }, 60_000);

  it(
    'leaves the old state or the new one when it is killed',
    async () => {
      const found: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const { node, variables } = await aNode();
        const restoring = restore(variables);
        await wait(restoreMs * (0.4 + (0.6 * (round + Math.random())) / rounds));
        await restoring.kill();
        await node.start();
        found.push(await wholeState(node));
        await node.kill();
      }
      console.info(`restore killed ${rounds} times: ${found.join(' ')}`);
    },
    30_000 + rounds * 30_000,
  );

  it(
    'leaves the old state or the new one when the node is killed while it restores',
    async () => {
      const found: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const { node } = await aNode();
        await node.start();
        const client = new ApiClient(node.url);
        await client.logIn(adminEmail, freshPassword);
        const headers = { Authorization: client.authorization, 'Content-Type': 'application/gzip' };
        const init = { method: 'POST', headers, body: readFileSync(file) };
        const answer = fetch(`${node.url}/v1/cluster/restore`, init).then(
          ({ status }) => status,
          () => 'lost' as const,
        );
        await wait((600 * (round + Math.random())) / rounds);
        await node.kill();
        const told = await answer;
        await node.start();
        const state = await wholeState(node);
        if (told === 200) expect(state).toBe('new');
        found.push(state);
        await node.kill();
      }
      console.info(`node killed ${rounds} times while it restored: ${found.join(' ')}`);
    },
    30_000 + rounds * 30_000,
  );

  /** Which of the two states the node serves; fails when it is part of one, or of both. */
  async function wholeState(node: NodeProcess): Promise<'old' | 'new'> {
    const client = new ApiClient(node.url);
    const isNew = await client.logIn().then(
      () => true,
      () => false,
    );
    if (!isNew) await client.logIn(adminEmail, freshPassword);
    const cluster = await client.ask<{ appliedIndex: number }>('GET', '/v1/cluster');
    const { items } = await client.ask<{ items: { id: string }[] }>('GET', '/v1/projects');
    const { valid } = await client.ask<{ valid: boolean }>('GET', '/v1/audit/verify');
    expect(valid).toBe(true);
    expect(items.map(({ id }) => id)).toEqual(isNew ? [projectId] : []);
    if (!isNew) return 'old';
    const configs = await client.ask<{ items: object[] }>('GET', `/v1/projects/${projectId}/configs?limit=200`);
    expect(configs.items).toHaveLength(100);
    expect(cluster.appliedIndex).toBeGreaterThan(1_000_000_000);
    return 'new';
  }
});
