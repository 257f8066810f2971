import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from './embedded-postgres.error';
import { ownDirectory } from './server-account';
import type { ServerAccount } from './server-account';

export const socketPort = 5432; // only part of the socket's name

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const longestSocketPath = process.platform === 'darwin' ? 103 : 107;

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${socketPort}`)) <= longestSocketPath;
}

/** A directory that only the server's account can enter: beside the cluster, or in /tmp where that path is too long. */
export async function socketDirectory(directory: string, account: ServerAccount): Promise<string> {
  const beside = join(directory, 'socket');
  const path = fits(beside) ? await made(beside) : await shortDirectory(directory, account);
  await ownDirectory(path, account);
  return path;
}

async function made(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

async function shortDirectory(directory: string, account: ServerAccount): Promise<string> {
  const name = `config-guardian-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
  const path = [tmpdir(), '/tmp'].map((parent) => join(parent, name)).find(fits) ?? join('/tmp', name);
  try {
    await mkdir(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  // The name can be guessed and /tmp is everybody's: somebody else's directory is left alone.
  const found = await lstat(path);
  const trusted = [process.geteuid?.(), account.uid].includes(found.uid);
  return found.isDirectory() && trusted ? path : mkdtemp(`${path}-`);
}
