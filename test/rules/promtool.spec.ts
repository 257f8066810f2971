import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeUnless, withoutTools } from '../support/lacking';
import { rulesDirectory } from './rules';

const lacking = withoutTools('promtool');
const files = (directory: string, suffix: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(directory, name));

const promtool = (...args: readonly string[]): string =>
  execFileSync('promtool', [...args], { encoding: 'utf8', stdio: 'pipe' });

if (process.env['CI'] !== undefined)
  it('finds promtool, which the gate installs', () => {
    expect(lacking).toBeUndefined();
  });

describeUnless(lacking && `${lacking} (apt-get install prometheus)`, 'promtool', () => {
  it('takes the rules', () => {
    const printed = promtool('check', 'rules', ...files(rulesDirectory, '.yaml'));
    expect(printed.match(/SUCCESS: [1-9]\d* rules found/g)).toHaveLength(files(rulesDirectory, '.yaml').length);
  });

  it.each(files(__dirname, '.test.yaml'))('sees the alerts fire when they should, and only then: %s', (file) => {
    expect(promtool('test', 'rules', file)).toMatch(/SUCCESS/);
  });
});
