import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './dockerfile';

/** A pattern of .dockerignore also covers what lies below what it names. */
function pattern(text: string): RegExp {
  const source = text
    .replaceAll(/[.+^${}()|[\]]/g, '\\$&')
    .replaceAll('**/', '<any>')
    .replaceAll('*', '[^/]*')
    .replaceAll('<any>', '(.*/)?');
  return new RegExp(`^${source}(/.*)?$`);
}

/** The last line that matches decides, as Docker has it. */
export function isSent(path: string, lines: readonly string[]): boolean {
  let sent = true;
  for (const line of lines) if (pattern(line.replace(/^!/, '')).test(path)) sent = line.startsWith('!');
  return sent;
}

export const ignored: readonly string[] = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** What `docker build .` sends: of the files of the checkout those that .dockerignore lets through. */
export function context(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => path !== '' && isSent(path, ignored));
}
