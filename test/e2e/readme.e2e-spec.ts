import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedUrl, normalised, runSession, sessionOf, withOutputs } from '../support/documented-session';
import { describeUnless, withoutTools } from '../support/lacking';
import { NodeProcess } from '../support/node-process';

const root = join(__dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const documents = ['README.md', 'docs/api-guide.md', 'docs/reading.md', 'docs/authentication.md'];

describeUnless(withoutTools('bash', 'curl'), 'a session', () => {
  describe.each(documents)('in %s', (path) => {
    const directory = mkdtempSync(join(tmpdir(), 'config-guardian-session-'));
    let node: NodeProcess;

    beforeAll(async () => {
      node = await NodeProcess.on(join(directory, 'data'), { LOG_LEVEL: 'trace' });
      await node.start();
    }, 60_000);
    afterAll(async () => {
      await node.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('prints what the document shows (npm run docs:sessions renews that)', async () => {
      const file = join(root, path);
      const markdown = readFileSync(file, 'utf8');
      const steps = sessionOf(markdown);
      const printed = await runSession(steps, { cwd: directory, url: node.url });
      if (process.env['UPDATE_SESSIONS'] === 'true') writeFileSync(file, withOutputs(markdown, steps, printed));
      const shown = sessionOf(readFileSync(file, 'utf8'));
      expect(shown.length).toBeGreaterThan(5);
      expect(normalised(printed)).toEqual(normalised(shown.map(({ output }) => output)));
    }, 60_000);

    it('begins as README says: the addresses and how to log in', () => {
      const announcement = /^```text\n(Config Guardian {2}.*?)^```/ms.exec(readme)?.[1] ?? 'nothing';
      const dataDir = join(directory, 'data');
      const printed = node.output.replaceAll(node.url, documentedUrl).replaceAll(dataDir, './data');
      expect(printed).toContain(announcement);
    });

    it('shows the generated password to no pipe and no log, at any level', () => {
      const password = readFileSync(join(directory, 'data', 'admin-password'), 'utf8').trim();
      expect(password).toMatch(/^[\w-]{24}$/);
      expect(node.output).toContain('"level":');
      expect(node.output).not.toContain(password);
    });
  });
});

describe('the table of dependencies in README.md', () => {
  it('names every package of package.json, each once, and no other', () => {
    const [, section = ''] = /^## Dependencies\n(.*?)^## /ms.exec(readme) ?? [];
    const rows = [...section.matchAll(/^\| (`.*?) +\| +(\S.*?) +\|$/gm)];
    const named = rows.flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const wanted = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies });
    expect(named.sort()).toEqual(wanted.sort());
  });
});
