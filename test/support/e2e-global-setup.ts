import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import setUpPostgres from './jest-global-setup';

const root = join(__dirname, '..', '..');

/** Some suites start real node processes, so the server is built first; and all need PostgreSQL. */
export default async function setUp(): Promise<void> {
  execFileSync(process.execPath, [join(root, 'node_modules/@nestjs/cli/bin/nest.js'), 'build', 'server'], {
    cwd: root,
    stdio: 'pipe',
  });
  await setUpPostgres();
}
