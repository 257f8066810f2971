import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeUnless, withoutTools } from '../support/lacking';
import { renderedDirectory, root, sets } from './chart';

const sprig = join(process.env['GOPATH'] ?? '/usr/share/gocode', 'src', 'github.com', 'Masterminds', 'sprig');
const lacking = withoutTools('go') ?? (existsSync(sprig) ? undefined : 'there is no sprig for Go on this machine');

if (process.env['CI'] !== undefined)
  it('finds Go and sprig, which the gate installs', () => {
    expect(lacking).toBeUndefined();
  });

describeUnless(
  lacking && `${lacking} (apt-get install golang-go golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev)`,
  'the chart',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-guardian-rendered-'));

    beforeAll(() => {
      execFileSync(process.execPath, [join(root, 'scripts', 'render-chart.mjs'), folder], { stdio: 'pipe' });
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(sets)('renders %s as it is in helm/rendered (npm run helm:render renews it)', (set) => {
      const text = (from: string) => readFileSync(join(from, `${set}.yaml`), 'utf8');
      expect(text(renderedDirectory)).toBe(text(folder));
    });
  },
);
