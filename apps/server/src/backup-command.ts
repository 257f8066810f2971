import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { fetchBackup } from './backup/fetch-backup';
import { parseEnvironment } from './common/env';
import { aFullRegistry } from './every-feature';
import { runCommand, say, WrongUsage } from './operator-command';

const usage = 'Usage: npm run backup -- --out FILE [--url http://127.0.0.1:8080] [--force]';

/** `npm run backup`: a backup of a running cluster, from whichever node is at the URL, checked before it gets its name. */
async function backUp(given: string[]): Promise<void> {
  const { url, out, force } = readArguments(given);
  const { adminEmail: email, adminPassword: password, port, host } = parseEnvironment(process.env);
  if (password === null)
    throw new WrongUsage('Set ADMIN_PASSWORD or ADMIN_PASSWORD_FILE, and ADMIN_EMAIL, of a system administrator.');
  const { backup, rows, bytes } = await fetchBackup({
    url: url ?? `http://${host}:${port}`,
    credentials: { email, password },
    file: out,
    mayReplace: force,
    tables: aFullRegistry().tables,
  });
  say(
    `${out} is whole: ${rows} rows in ${bytes} bytes.`,
    `  cluster     ${backup.clusterId}, by ${backup.nodeId} at ${backup.takenAt}`,
    `  index       ${backup.index}`,
    `  state hash  ${backup.stateHash}`,
  );
}

function readArguments(given: string[]): { url: string | undefined; out: string; force: boolean } {
  const options = { url: { type: 'string' }, out: { type: 'string' }, force: { type: 'boolean' } } as const;
  try {
    const { url, out, force = false } = parseArgs({ args: given, options }).values;
    if (out !== undefined && out !== '' && (url === undefined || URL.canParse(url))) return { url, out, force };
  } catch {
    // The usage says what is taken.
  }
  throw new WrongUsage(usage);
}

void runCommand(() => backUp(process.argv.slice(2)));
