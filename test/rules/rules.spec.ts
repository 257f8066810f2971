import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alerts, root, rules } from './rules';

const runbook = readFileSync(join(root, 'docs', 'runbook.md'), 'utf8');
const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);

/** As GitHub makes anchors of headings. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

describe.each(alerts)('the alert $alert', ({ alert = '', labels, annotations }) => {
  it('leads to its own section of the runbook, which says what it means, what to look at and what to do', () => {
    const [path, fragment] = (annotations?.['runbook_url'] ?? '').split('#');
    expect(path).toBe('docs/runbook.md');
    expect(headings.filter((heading) => anchor(heading) === fragment)).toEqual([alert]);
    const section = runbook.split(/^## /m).find((text) => text.startsWith(`${alert}\n`));
    expect([...(section ?? '').matchAll(/^\*\*(Meaning|Check|Cure)\.\*\* \S/gm)].map(([, part]) => part)).toEqual([
      'Meaning',
      'Check',
      'Cure',
    ]);
  });

  it('has a severity that a route exists for, and says what it is about', () => {
    expect(['critical', 'warning']).toContain(labels?.['severity']);
    expect(annotations?.['summary']).toBeTruthy();
    expect(annotations?.['description']).toBeTruthy();
  });

  it('is tested', () => {
    const fired = new RegExp(`alertname: ${alert}\\n +exp_alerts:`);
    const tests = ['data', 'latency', 'members', 'requests'].map((name) =>
      readFileSync(join(__dirname, `${name}.test.yaml`), 'utf8'),
    );
    expect(tests.some((text) => fired.test(text))).toBe(true);
    expect(readFileSync(join(__dirname, 'quiet.test.yaml'), 'utf8')).toContain(`alertname: ${alert}\n`);
  });
});

it('has no section in the runbook for an alert that is none', () => {
  const named = headings.filter((heading) => heading.startsWith('ConfigGuardian'));
  expect(named.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

it('uses each recorded series', () => {
  for (const { record } of rules)
    if (record !== undefined) expect(rules.filter(({ expr }) => expr.includes(record)).length).toBeGreaterThan(0);
});
