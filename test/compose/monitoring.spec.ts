import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { alerts } from '../rules/rules';
import { describeUnless, itUnless, withoutTools } from '../support/lacking';
import { fileOf, root } from './compose';

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, [...args], { encoding: 'utf8', stdio: 'pipe', cwd: root });
const withoutAmtool = withoutTools('amtool');
const withoutPromtool = withoutTools('promtool');

if (process.env['CI'] !== undefined)
  it('finds promtool and amtool, which the gate installs', () => {
    expect([withoutPromtool, withoutAmtool]).toEqual([undefined, undefined]);
  });

itUnless(withoutPromtool, 'promtool takes the configuration of Prometheus', () => {
  expect(run('promtool', 'check', 'config', 'deploy/prometheus.yml')).toContain('SUCCESS');
});

describeUnless(withoutAmtool, 'amtool', () => {
  const file = join('deploy', 'alertmanager.yml');

  it('takes the configuration of Alertmanager', () => {
    expect(run('amtool', 'check-config', file)).toContain('SUCCESS');
  });

  it.each(alerts)('routes $alert by its severity', ({ alert = '', labels }) => {
    const severity = labels?.['severity'] ?? '';
    const receiver = run(
      'amtool',
      'config',
      'routes',
      'test',
      `--config.file=${file}`,
      `alertname=${alert}`,
      `severity=${severity}`,
    );
    expect(receiver.trim()).toBe(severity === 'critical' ? 'now' : 'morning');
  });
});

it('silences only alerts that exist, and never the one that silences', () => {
  const names = alerts.map(({ alert }) => alert ?? '');
  interface Inhibition {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
  }
  const { inhibit_rules: inhibitions } = fileOf('deploy/alertmanager.yml') as { inhibit_rules: readonly Inhibition[] };
  const matched = ([matcher = '']: readonly string[]) => {
    const [, value = ''] = /^alertname=~?"(.*)"$/.exec(matcher) ?? [];
    return names.filter((name) => new RegExp(`^(?:${value})$`).test(name));
  };
  for (const { source_matchers: source, target_matchers: target } of inhibitions) {
    expect(matched(source).length).toBeGreaterThan(0);
    expect(matched(target).length).toBeGreaterThan(0);
    expect(matched(target).filter((name) => matched(source).includes(name))).toEqual([]);
  }
});
