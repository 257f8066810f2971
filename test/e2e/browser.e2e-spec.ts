import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath, DocumentationPage, howToInstallChromium } from '../support/documentation-page';
import { NodeProcess } from '../support/node-process';

if (chromiumPath === undefined) {
  // The gate does not pass without it; elsewhere the reason is printed.
  const isGate = process.env['CI'] === 'true';
  if (!isGate) console.warn(`Skipped. ${howToInstallChromium}`);
  (isGate ? it : it.skip)('finds Chromium', () => {
    throw new Error(howToInstallChromium);
  });
}

const describeInBrowser = chromiumPath === undefined ? describe.skip : describe;
describeInBrowser('a newcomer at /docs', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'config-guardian-browser-'));
  let node: NodeProcess;
  let docs: DocumentationPage;

  beforeAll(async () => {
    node = await NodeProcess.on(dataDir);
    await node.start();
    docs = await DocumentationPage.open(node.url);
  }, 90_000);
  afterAll(async () => {
    await docs?.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is told how to log in, and makes a config by clicking alone', async () => {
    expect(docs.page.url()).toBe(`${node.url}/docs`);
    expect(await docs.page.title()).toBe('Config Guardian API');
    const introduction = await docs.page.locator('.information-container').innerText();
    for (const word of ['POST /v1/auth/login', 'admin@example.com', 'admin-password', 'Authorize'])
      expect(introduction).toContain(word);

    const password = readFileSync(join(dataDir, 'admin-password'), 'utf8').trim();
    const login = await docs.execute('login', { edit: (body) => ({ ...body, password }) });
    expect(login.status).toBe('200');
    await docs.authorize(String(login.body['accessToken']));

    const project = await docs.execute('createProject');
    expect(project).toMatchObject({ status: '201', body: { name: 'shop', apiKey: expect.stringMatching(/^cfg_/) } });
    const schema = await docs.execute('createSchema');
    expect(schema).toMatchObject({ status: '201', body: { draft: '2020-12', version: 1 } });
    const projectId = String(project.body['id']);
    const config = await docs.execute('createConfig', {
      parameters: { projectId },
      edit: (body) => ({ ...body, schemaId: schema.body['id'] }),
    });
    const content = { host: 'db.internal', port: 5432 };
    expect(config).toMatchObject({ status: '201', body: { key: 'database.primary', version: 1, content } });

    const key = 'database.primary';
    const changed = await docs.execute('updateConfig', { parameters: { projectId, key } });
    expect(changed).toMatchObject({ status: '200', body: { version: 2, content: { ...content, port: 5433 } } });
    const restored = await docs.execute('rollbackConfig', { parameters: { projectId, key } });
    expect(restored).toMatchObject({ status: '200', body: { version: 3, content } });
    const listed = await docs.execute('listConfigs', { parameters: { projectId } });
    expect(listed).toMatchObject({ status: '200', body: { items: [{ key, version: 3 }], nextCursor: null } });
    const read = await docs.execute('readConfig', { parameters: { apiKey: String(project.body['apiKey']), key } });
    expect(read).toEqual({ status: '200', body: { key, version: 3, content } });

    expect(docs.complaints).toEqual([]);
  }, 90_000);
});
