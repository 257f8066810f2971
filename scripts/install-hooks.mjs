// Run by `npm ci`: git takes its hooks from .githooks. Silent where there is no git or no checkout (an image, an archive).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

try {
  if (existsSync('.git')) execFileSync('git', ['config', 'core.hooksPath', '.githooks'], { stdio: 'ignore' });
} catch {
  // No git, or a checkout that belongs to somebody else: commits are not made here.
}
