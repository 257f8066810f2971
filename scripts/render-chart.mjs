// Renders the chart for each set of values in helm/config-guardian/ci into helm/rendered, or of one folder into another:
// node scripts/render-chart.mjs [into [from]]
// Needs Go and sprig, which Debian has: apt-get install golang-go golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'helm', 'config-guardian');
const read = (...path) => readFileSync(join(chart, ...path), 'utf8');
const texts = (folder) =>
  Object.fromEntries(readdirSync(join(chart, folder)).map((name) => [`${folder}/${name}`, read(folder, name)]));
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Helm does it: maps are merged, everything else is replaced. */
function merged(base, over) {
  if (!isMap(base) || !isMap(over)) return over;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, merged(base[key], value)])),
  };
}

/** Built once: `go run` compiles each time. */
function renderer() {
  const folder = mkdtempSync(join(tmpdir(), 'config-guardian-render-'));
  const program = join(folder, 'render');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: process.env.GOPATH ?? '/usr/share/gocode', GOFLAGS: '' };
  execFileSync('go', ['build', '-o', program, join(root, 'test', 'helm', 'render', 'main.go')], { env, stdio: 'pipe' });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function rendered(program, values) {
  const { name, version, appVersion } = parse(read('Chart.yaml'));
  const input = {
    values: merged(parse(read('values.yaml')), values),
    release: { Name: 'config-guardian', Namespace: 'config', Service: 'Helm' },
    chart: { Name: name, Version: version, AppVersion: appVersion },
    templates: texts('templates'),
    files: { ...texts('rules'), ...texts('dashboards') },
  };
  const output = execFileSync(program, { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return Object.entries(JSON.parse(output))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, text]) => [path, text.trim().replace(/^---\n/, '')])
    .filter(([, text]) => text !== '')
    .map(([path, text]) => `---\n# ${path}\n${text}\n`)
    .join('');
}

const [, , target = join(root, 'helm', 'rendered'), sets = join(chart, 'ci')] = process.argv;
mkdirSync(target, { recursive: true });
const { program, remove } = renderer();
try {
  for (const file of readdirSync(sets))
    writeFileSync(join(target, basename(file)), rendered(program, parse(readFileSync(join(sets, file), 'utf8'))));
} finally {
  remove();
}
