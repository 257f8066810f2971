import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isRoot } from './postgres-directory';

/** What this machine does not have or allow, in words; undefined when it does. */
export type Lacking = string | undefined;

export const withoutRoot: Lacking = isRoot ? undefined : 'the tests run as an ordinary user';
export const withoutProc: Lacking = existsSync('/proc/self/stat') ? undefined : 'there is no /proc here';

export function withoutTools(...tools: readonly string[]): Lacking {
  const missing = tools.filter((tool) => !isInstalled(tool));
  return missing.length === 0 ? undefined : `there is no ${missing.join(', no ')} on this machine`;
}

export function withoutMounts(): Lacking {
  const place = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'none', place], { stdio: 'ignore' });
    execFileSync('umount', [place]);
    return undefined;
  } catch {
    return 'only root may mount a file system, and not everywhere';
  } finally {
    rmdirSync(place);
  }
}

/** A test that counts as skipped where something is lacking, and says what. */
export function itUnless(lacking: Lacking, name: string, test: jest.ProvidesCallback): void {
  (lacking === undefined ? it : notChecked(name, lacking, it.skip))(name, test);
}

/** The same for a suite. */
export function describeUnless(lacking: Lacking, name: string, suite: () => void): void {
  (lacking === undefined ? describe : notChecked(name, lacking, describe.skip))(name, suite);
}

function notChecked<Skip>(name: string, lacking: string, skip: Skip): Skip {
  console.warn(`NOT CHECKED: ${name}: ${lacking}`);
  return skip;
}

function isInstalled(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
