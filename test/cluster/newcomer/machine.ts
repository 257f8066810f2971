import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lacking } from '../../support/lacking';
import { withoutProc, withoutTools } from '../../support/lacking';
import { isRoot } from '../../support/postgres-directory';

/** What a command of root's begins with. */
export const asRoot: readonly string[] = isRoot ? [] : ['sudo', '-n'];
const accountsBegin = 'cgnew';

function mayBeRoot(): Lacking {
  if (isRoot) return undefined;
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'it makes accounts, for which the tests have to run as root or as somebody whose sudo asks for no password';
  }
}

/** Why the run cannot take place here; undefined where it can. */
export function withoutAccounts(): Lacking {
  const tools = ['bash', 'curl', 'openssl', 'setpriv', 'useradd', 'userdel', 'runuser'];
  return withoutTools(...tools) ?? withoutProc ?? mayBeRoot();
}

/** One script of root's; `input` is what it reads. What it prints, or an error that holds all that it said. */
export async function root(script: string, { cwd = '/', input = '' } = {}): Promise<string> {
  const [program = 'bash', ...given] = [...asRoot, 'bash', '-euo', 'pipefail', '-c', script];
  const child = spawn(program, given, { cwd, stdio: 'pipe' });
  let printed = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ended with ${code}: ${script}\n${printed}${complained}`);
  return printed;
}

/** One machine that stands for several servers: each has an account, an address and a folder for its file system. */
export class Machine {
  readonly directory = mkdtempSync(join(tmpdir(), 'config-guardian-newcomer-'));
  /** Of the addresses 127.0.0.0/8, so that every server has the ports that the documents name. */
  readonly network = `127.${100 + (process.pid % 100)}.${1 + (Math.floor(process.pid / 100) % 250)}.`;
  /** What the documents call a checkout of the release: the build, and what `npm ci --omit=dev` leaves. */
  readonly release = join(this.directory, 'release');
  /** Of whoever administers the cluster. */
  readonly home = join(this.directory, 'home');
  readonly node = join(this.directory, 'bin', 'node');
  /** Where the release is installed. */
  readonly opt = join(this.directory, 'opt', 'config-guardian');

  constructor() {
    chmodSync(this.directory, 0o755);
    for (const path of [this.release, join(this.node, '..'), join(this.opt, '..')]) mkdirSync(path, { mode: 0o755 });
    mkdirSync(this.home, { mode: 0o700 });
    copyFileSync(process.execPath, this.node);
    chmodSync(this.node, 0o755);
    for (const path of this.#shipped()) {
      const folder = join(this.release, path, '..');
      mkdirSync(folder, { recursive: true });
      link(join(process.cwd(), path), folder);
    }
  }

  account(n: number): string {
    return `${accountsBegin}${process.pid}-${n}`;
  }

  /** Accounts that are there, of this run and of those that were killed before they could remove theirs. */
  async removeAccounts(): Promise<void> {
    const accounts = execFileSync('getent', ['passwd'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .filter((name) => new RegExp(`^${accountsBegin}\\d+-\\d+$`).test(name));
    for (const account of accounts) {
      const run = Number(/\d+/.exec(account)?.[0]);
      if (run !== process.pid && existsSync(`/proc/${run}`)) continue;
      await endProcessesOf(account);
      await root(`userdel ${account}`);
    }
  }

  async close(): Promise<void> {
    await this.removeAccounts();
    await root(`rm -rf ${this.directory}`);
  }

  #shipped(): readonly string[] {
    const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const packages = listed
      .split('\n')
      .filter((path) => path.includes('/node_modules/'))
      .map((path) => path.slice(process.cwd().length + 1))
      // Those inside of another come with it.
      .filter((path) => path.lastIndexOf('node_modules/') === 0);
    return ['dist', 'deploy', 'package.json', ...new Set(packages)];
  }
}

/** The command of the document makes the copy; only on another disk one is needed before it. */
function link(path: string, folder: string): void {
  try {
    execFileSync('cp', ['-al', path, folder], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', path, folder]);
  }
}

/** Of an account of this run. */
export async function processesOf(account: string): Promise<readonly number[]> {
  const listed = await root(`ps -o pid= -u ${account} || true`);
  return listed.split(/\s+/).filter(Boolean).map(Number);
}

/** kill -9 of each, until there is none. */
export async function endProcessesOf(account: string): Promise<void> {
  for (let left = await processesOf(account); left.length > 0; left = await processesOf(account))
    await root(`kill -9 ${left.join(' ')} 2>/dev/null || true; sleep 0.1`);
}

/** The ids of everything that runs on the machine. */
export const everyProcess = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));
