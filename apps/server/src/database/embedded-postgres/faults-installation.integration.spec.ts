import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { itUnless, withoutMounts, withoutRoot } from '../../../../../test/support/lacking';
import { isRoot, queryOnce, temporaryDirectory } from '../../../../../test/support/postgres-directory';
import { HostProcess, compiledHost } from '../../../../../test/support/postgres-host-process';
import { startEmbeddedPostgres } from './embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres';
import { installedBinaries } from './postgres-binaries';

jest.setTimeout(120_000);

const host = compiledHost();
const directory = temporaryDirectory();
/** Memory is often mounted so that nothing in it can be executed. */
const executable = temporaryDirectory(tmpdir());
const log = (): void => undefined;
let count = 0;
const fresh = (parent = directory): string => join(parent.path, `node-${(count += 1)}`);

afterAll(() => {
  directory.remove();
  executable.remove();
  host.remove();
});

async function startedAndStopped(
  dataDirectory: string,
  check: (database: EmbeddedPostgres) => Promise<void>,
): Promise<void> {
  const database = await startEmbeddedPostgres({ dataDirectory, log });
  try {
    await check(database);
  } finally {
    await database.stop();
  }
}

describe('fault 3: library links come from an install script', () => {
  it('makes the links of binaries that have none', async () => {
    const binariesDirectory = binariesWithoutLinks(join(executable.path, 'unlinked'));
    const database = await startEmbeddedPostgres({ dataDirectory: fresh(), binariesDirectory, log });
    await database.stop();
    expect(links(binariesDirectory)).not.toEqual([]);
  });

  itUnless(isRoot ? withoutMounts() : undefined, 'runs a copy where the links cannot be made', async () => {
    const binariesDirectory = binariesWithoutLinks(join(executable.path, 'read-only'));
    const release = madeReadOnly(binariesDirectory);
    const dataDirectory = fresh(executable);
    try {
      const database = await startEmbeddedPostgres({ dataDirectory, binariesDirectory, log });
      await database.stop();
      expect(links(binariesDirectory)).toEqual([]);
      expect(readdirSync(dataDirectory).filter((name) => name.startsWith('binaries'))).toHaveLength(1);
    } finally {
      release();
    }
  });

  function links(binariesDirectory: string): string[] {
    const entries = readdirSync(join(binariesDirectory, 'lib'), { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  }

  function madeReadOnly(path: string): () => void {
    if (!isRoot) {
      execFileSync('chmod', ['-R', 'a-w', path]);
      return () => execFileSync('chmod', ['-R', 'u+w', path]);
    }
    execFileSync('mount', ['--bind', path, path]);
    execFileSync('mount', ['-o', 'remount,bind,ro', path]);
    return () => execFileSync('umount', [path]);
  }
});

describe('fault 4: root cannot run it when the binaries lie under a closed home', () => {
  const closedHome = (): string => {
    const home = mkdtempSync(join(executable.path, 'home-')); // 0700
    return binariesWithoutLinks(join(home, 'native'));
  };

  const lacking = withoutRoot ?? (mayUnshare() ? undefined : 'user namespaces are not allowed here');
  itUnless(
    lacking,
    'runs as somebody who is not root, from binaries and with data that only root can reach',
    async () => {
      const home = closedHome();
      const messages: string[] = [];
      const dataDirectory = join(home, '..', 'data');
      const database = await startEmbeddedPostgres({
        dataDirectory,
        binariesDirectory: home,
        log: (_level, message) => messages.push(message),
      });
      expect(await queryOnce(database.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await database.stop();
      expect(messages.join()).toMatch(/as nobody in a user namespace/);
    },
  );

  itUnless(withoutRoot, 'runs a copy as nobody where user namespaces are not to be had', async () => {
    const node = new HostProcess(host.program, [fresh(executable), closedHome()], { PATH: pathWithoutUnshare() });
    const { url, postgres } = await node.until('started');
    expect(await queryOnce(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(statSync(`/proc/${postgres}`).uid).toBe(Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })));
    node.kill('SIGTERM');
    await node.until('stopped');
  });

  it('keeps other users out of the cluster and its socket', async () => {
    const dataDirectory = fresh();
    await startedAndStopped(dataDirectory, async ({ connectionOptions, connectionUrl }) => {
      for (const closed of [join(dataDirectory, 'cluster'), connectionOptions.host]) {
        expect(statSync(closed).mode & 0o777).toBe(0o700);
      }
      expect(await queryOnce(connectionUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    });
  });

  function mayUnshare(): boolean {
    try {
      execFileSync('unshare', ['-U', '--map-user=65534', 'true'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  function pathWithoutUnshare(): string {
    const bin = join(directory.path, 'bin');
    mkdirSync(bin, { mode: 0o755 });
    for (const tool of ['sh', 'id', 'sleep']) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(bin, tool));
    }
    return bin;
  }
});

describe('fault 5: locale and encoding are left to chance', () => {
  it('is UTF8 and C whatever the environment says', async () => {
    const callers = {
      LANG: 'tr_TR.ISO-8859-9',
      LC_ALL: 'POSIX',
      LC_COLLATE: 'de_DE.UTF-8',
      PGCLIENTENCODING: 'LATIN1',
      TZ: 'Asia/Tokyo',
    };
    const node = new HostProcess(host.program, [fresh()], callers);
    const { url } = await node.until('started');
    const [database] = await queryOnce(
      url,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, current_setting('timezone') AS timezone,
              current_setting('lc_messages') AS messages FROM pg_database WHERE datname = current_database()`,
    );
    expect(database).toEqual({ encoding: 'UTF8', datcollate: 'C', datctype: 'C', timezone: 'UTC', messages: 'C' });
    const [sorted] = await queryOnce(
      url,
      "SELECT string_agg(t, ' ' ORDER BY t) AS t FROM unnest(ARRAY['ä','b','B','a','ı']) t",
    );
    expect(sorted).toEqual({ t: 'B a b ä ı' });
    node.kill('SIGTERM');
    await node.until('stopped');
  });
});

/** The package as npm unpacks it when it runs no install script. */
function binariesWithoutLinks(target: string): string {
  cpSync(installedBinaries(), target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  for (const { target: alias } of JSON.parse(readFileSync(join(target, 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[]) {
    rmSync(join(target, '..', alias.replace(/^native/, basename(target))), { force: true });
  }
  return target;
}
