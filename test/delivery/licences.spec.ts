import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may be shipped with a program under Apache-2.0 without further duties than naming it. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  // By the text of the licence, where the package does not say it.
  'MIT*',
  'Python-2.0',
]);

function shipped(): readonly (readonly [name: string, licences: readonly string[]])[] {
  const checker = join('node_modules', '.bin', 'license-checker-rseidelsohn');
  const options = { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 } as const;
  const told = execFileSync(checker, ['--production', '--excludePrivatePackages', '--json'], options);
  const modules = JSON.parse(told) as Readonly<Record<string, { readonly licenses: string | readonly string[] }>>;
  return Object.entries(modules).map(([name, { licenses }]) => [name, [licenses].flat()]);
}

describe('what is shipped', () => {
  it('holds no package under a licence that nobody has agreed to', () => {
    const modules = shipped();
    expect(modules.length).toBeGreaterThan(100);
    expect(modules.filter(([, licences]) => !licences.every((one) => allowed.has(one)))).toEqual([]);
  });

  it('names PostgreSQL, whose binaries come with it, and its licence', () => {
    const notice = readFileSync('NOTICE', 'utf8');
    expect(notice).toContain('Portions Copyright (c) 1996-2026, PostgreSQL Global Development Group');
    expect(notice).toMatch(/PROVIDED HEREUNDER IS ON AN "AS IS"\sBASIS/);
  });
});
