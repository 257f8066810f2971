import { execFile, execFileSync } from 'node:child_process';
import { chmod, lchown, lstat, readdir, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorCode, saidBy, wayOut } from './embedded-postgres.error';
import { binariesIn, linkLibraries, privateCopy } from './postgres-binaries';
import type { PostgresBinaries } from './postgres-binaries';

/** Who the server runs as. PostgreSQL refuses to run as root, so root hands it to somebody else. */
export interface ServerAccount {
  readonly name: string;
  /** Put before every command of the server. */
  readonly prefix: readonly string[];
  /** The user to switch to, and whose the server's files are; absent: this process's own. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface RunnableServer {
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
}

const own: ServerAccount = { name: 'this user', prefix: [] };

/** The same user to the system outside, but `nobody` in its own eyes: reaches what root owns, and is not root to PostgreSQL. */
const inNamespace: ServerAccount = {
  name: 'nobody in a user namespace',
  prefix: ['unshare', '-U', '--map-user=65534', '--map-group=65534', '--'],
};

/** Finds an account that can work in `directory` and run the binaries, if need be a copy of them inside it. */
export async function findRunnableServer(
  directory: string,
  cluster: string,
  installed: string,
): Promise<RunnableServer> {
  const accounts = await candidates(cluster);
  const refusals: string[] = [];
  const tryAll = async (binaries: PostgresBinaries): Promise<RunnableServer | undefined> => {
    for (const account of accounts) {
      const refusal = await refusalOf(account, directory, binaries);
      if (refusal === undefined) return { account, binaries };
      refusals.push(`as ${account.name}: ${refusal}`);
    }
    return undefined;
  };
  const runnable =
    ((await linkLibraries(installed)) ? await tryAll(binariesIn(installed)) : undefined) ??
    (await tryAll(await privateCopy(installed, join(directory, 'binaries-18.4'))));
  if (runnable !== undefined) return runnable;
  throw new EmbeddedPostgresError(
    'cannot-execute',
    `The embedded PostgreSQL cannot be run here (${refusals.join('; ')}). Run the node as an ordinary user, choose a data directory that such a user can reach, ${wayOut}.`,
  );
}

async function candidates(cluster: string): Promise<ServerAccount[]> {
  if (process.geteuid?.() !== 0) return hasAccountEntry() ? [own] : [inNamespace, own];
  const owner = await ownerOf(cluster);
  if (owner === undefined) return [nobody(), inNamespace];
  // An existing cluster stays with its owner, so that one start as root does not lock its user out.
  return owner.uid === 0 ? [inNamespace, nobody()] : [{ name: `user ${owner.uid}`, prefix: [], ...owner }];
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** initdb insists on a name for its user, which a container with an arbitrary user id does not have. */
function hasAccountEntry(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function nobody(): ServerAccount {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  try {
    return { name: 'nobody', prefix: [], uid: id('-u'), gid: id('-g') };
  } catch {
    return { name: 'nobody', prefix: [], uid: 65534, gid: 65534 };
  }
}

async function refusalOf(
  account: ServerAccount,
  directory: string,
  binaries: PostgresBinaries,
): Promise<string | undefined> {
  const script = 'cd "$1" && "$2" --version && exec "$3" --version';
  const [command, args] = commandOf(account, 'sh', ['-c', script, 'sh', directory, binaries.postgres, binaries.initdb]);
  try {
    await promisify(execFile)(command, args, { ...switchTo(account), cwd: '/', env: serverEnvironment() });
    return undefined;
  } catch (error) {
    return saidBy(error);
  }
}

export function commandOf(account: ServerAccount, command: string, args: readonly string[]): [string, string[]] {
  const [first, ...rest] = [...account.prefix, command, ...args];
  return [first ?? command, rest];
}

export function switchTo(account: ServerAccount): { uid?: number; gid?: number } {
  return account.uid === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** Nothing of the caller's PostgreSQL or locale settings reaches the server, so that it is the same everywhere. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', TMPDIR } = process.env;
  return { PATH, LC_ALL: 'C', TZ: 'UTC', ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

/** Gives a tree to the account. The top goes last: a tree whose top is right is right throughout. */
export async function handOver(path: string, account: ServerAccount): Promise<void> {
  const uid = account.uid ?? process.geteuid?.();
  const gid = account.gid ?? process.getegid?.();
  if (uid === undefined || gid === undefined || process.geteuid?.() !== 0) return;
  const found = await lstat(path);
  if (found.uid === uid) return;
  if (found.isDirectory()) for (const name of await readdir(path)) await handOver(join(path, name), account);
  await lchown(path, uid, gid);
}

/** A directory for the server's own eyes. */
export async function ownDirectory(path: string, account: ServerAccount): Promise<void> {
  await handOver(path, account);
  await chmod(path, 0o700);
}
