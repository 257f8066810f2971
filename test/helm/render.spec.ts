import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeUnless, withoutTools } from '../support/lacking';
import { renderedDirectory, root, sets, valuesOf } from './chart';

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

    it.each([
      [
        'terminationGracePeriodSeconds: got 15; it takes drainSeconds (10)',
        { terminationGracePeriodSeconds: 15, drainSeconds: 10 },
      ],
      ['redis.mirror: needs redis.existingSecret', { redis: { mirror: true } }],
      ['replicas.min: got 9; it takes at most replicas.max (2)', { replicas: { enabled: true, min: 9, max: 2 } }],
    ])(
      'refuses what does not go together: %s',
      (message, values) => {
        const [from, into] = ['from', 'into'].map((name) => mkdtempSync(join(folder, name))) as [string, string];
        writeFileSync(join(from, 'values.yaml'), JSON.stringify({ ...(valuesOf('development') as object), ...values }));
        const script = join(root, 'scripts', 'render-chart.mjs');
        const { status, stderr } = spawnSync(process.execPath, [script, into, from], { encoding: 'utf8' });
        expect(stderr).toContain(message);
        expect(status).not.toBe(0);
      },
      60_000,
    );
  },
);
