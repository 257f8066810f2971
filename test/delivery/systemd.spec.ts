import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { itUnless, withoutTools } from '../support/lacking';

const unit = join('deploy', 'systemd', 'config-guardian.service');
const analyze = (...asked: string[]) => spawnSync('systemd-analyze', asked, { encoding: 'utf8' });
const missing = withoutTools('systemd-analyze');

describe('the unit of systemd', () => {
  itUnless(missing, 'is one that systemd knows, with the drop-in for the secrets of a cluster', () => {
    const place = join(mkdtempSync(join(tmpdir(), 'unit-')), 'config-guardian.service');
    mkdirSync(`${place}.d`);
    copyFileSync(unit, place);
    copyFileSync(join('deploy', 'systemd', 'secrets.conf'), join(`${place}.d`, 'secrets.conf'));
    const { status, stdout, stderr } = analyze('verify', place);
    rmSync(dirname(place), { recursive: true });
    // Node may be elsewhere on this machine.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !line.includes('is not executable'));
    expect(complaints).toEqual([]);
    expect([0, 1]).toContain(status);
  });

  itUnless(missing, 'may do little besides its work', () => {
    const { stdout } = analyze('security', '--offline=true', unit);
    expect(Number(/Overall exposure level .*: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(2);
  });

  it('starts what the package starts, and gives it the time that it takes to stop', () => {
    const text = readFileSync(unit, 'utf8');
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
    const [, entry = 'none'] = /exec node (\S+)$/.exec(scripts.start) ?? [];
    expect(text).toMatch(new RegExp(`^ExecStart=/usr/bin/node ${entry.replaceAll('.', '\\.')}$`, 'm'));
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(10);
  });
});
