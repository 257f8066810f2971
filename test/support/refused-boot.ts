import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface RefusedBoot {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts the built server where it must not start, and answers how it ended. */
export async function refusedBoot(
  dataDir: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RefusedBoot> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(process.cwd(), 'dist', 'apps', 'server', 'src', 'main.js')], {
    env: { PATH, HOME, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const late = setTimeout(() => child.kill('SIGKILL'), 90_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(late);
  return { code, stderr };
}
