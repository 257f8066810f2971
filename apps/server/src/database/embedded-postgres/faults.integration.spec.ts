import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import {
  eventually,
  isRoot,
  notChecked,
  queryOnce,
  temporaryDirectory,
} from '../../../../../test/support/postgres-directory';
import { HostProcess, compiledHost } from '../../../../../test/support/postgres-host-process';
import { startEmbeddedPostgres } from './embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres';
import { installedBinaries } from './postgres-binaries';
import { postgresProcessesOf, runningProcess } from './running-process';

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

describe('fault 1: killing the parent leaves postgres running and the next start fails', () => {
  it('ends postgres by itself when its node is killed', async () => {
    const dataDirectory = fresh();
    const node = new HostProcess(host.program, [dataDirectory]);
    const { postgres } = await node.until('started');
    expect(runningProcess(postgres)?.zombie).toBe(false);
    node.kill('SIGKILL');
    await eventually('postgres has ended', () => (alive(postgres) ? undefined : true));
    expect(readFileSync(join(dataDirectory, 'postgres.log'), 'utf8')).toMatch(/database system is shut down\s*$/);
  });

  it('starts at once after the kill, with every row that was committed', async () => {
    const dataDirectory = fresh();
    for (let round = 1; round <= 5; round++) {
      const node = new HostProcess(host.program, [dataDirectory]);
      const { url } = await node.until('started');
      if (round === 1) await queryOnce(url, 'CREATE TABLE round (number int)');
      await queryOnce(url, `INSERT INTO round VALUES (${round})`);
      node.kill('SIGKILL');
    }
    await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
      const rows = await queryOnce(connectionUrl, 'SELECT number FROM round ORDER BY number');
      expect(rows).toEqual([1, 2, 3, 4, 5].map((number) => ({ number })));
    });
  });

  it('starts after node, watchdog and postgres were all killed', async () => {
    const dataDirectory = fresh();
    await crashed(dataDirectory);
    await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
      expect(await queryOnce(connectionUrl, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 1 }]);
    });
  });

  it('takes over from a postgres whose watchdog was killed before the node', async () => {
    const dataDirectory = fresh();
    const node = new HostProcess(host.program, [dataDirectory]);
    const { postgres } = await node.until('started');
    const watchdogs = processesOf(postgres).filter((processId) => processId !== postgres && isShell(processId));
    if (watchdogs.length === 0) return notChecked('an orphaned postgres', 'the watchdog cannot be found without /proc');
    for (const watchdog of watchdogs) process.kill(watchdog, 'SIGKILL');
    node.kill('SIGKILL');
    await node.ended;
    expect(alive(postgres)).toBe(true);
    await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
      expect(await queryOnce(connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(alive(postgres)).toBe(false);
    });
  });

  it('starts while the dead postmaster has not been collected by its parent', async () => {
    const dataDirectory = fresh();
    await crashed(dataDirectory);
    const { processId, parent } = await uncollected();
    try {
      expect(() => process.kill(processId, 0)).not.toThrow(); // what PostgreSQL itself looks at
      namePostmaster(dataDirectory, processId);
      await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
        expect(await queryOnce(connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      });
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it("starts when another program has the dead postmaster's process number, and leaves that program alone", async () => {
    const dataDirectory = fresh();
    await crashed(dataDirectory);
    const owner = statSync(join(dataDirectory, 'cluster'));
    const bystander = spawn('sleep', ['100'], isRoot ? { uid: owner.uid, gid: owner.gid } : {});
    await once(bystander, 'spawn');
    try {
      namePostmaster(dataDirectory, bystander.pid ?? 0);
      await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
        expect(await queryOnce(connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      });
      expect(alive(bystander.pid ?? 0)).toBe(true);
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  /** A data directory with one row, as a power switch leaves it. */
  async function crashed(dataDirectory: string): Promise<void> {
    const node = new HostProcess(host.program, [dataDirectory]);
    const { url, postgres } = await node.until('started');
    await queryOnce(url, 'CREATE TABLE kept AS SELECT 1 AS row');
    const all = processesOf(postgres);
    node.kill('SIGSTOP'); // so that it cannot start postgres again in between
    for (const processId of all) process.kill(processId, 'SIGKILL');
    node.kill('SIGKILL');
    await node.ended;
    expect(readFileSync(postmasterFile(dataDirectory), 'utf8')).toMatch(new RegExp(`^${postgres}\n`));
  }

  function namePostmaster(dataDirectory: string, processId: number): void {
    const file = postmasterFile(dataDirectory);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(processId)));
  }

  function postmasterFile(dataDirectory: string): string {
    return join(dataDirectory, 'cluster', 'postmaster.pid');
  }
});

describe('fault 2: an exit hook stops the database while the application still uses it', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'serves until stop() when %s reaches the whole group',
    async (signal) => {
      const node = new HostProcess(host.program, [fresh()]);
      const { postgres } = await node.until('started');
      node.killGroup(signal);
      expect((await node.until('worked-after-signal')).rows).toBe(1);
      await node.until('stopped');
      expect(await node.ended).toBe(0);
      expect(node.reports.filter(({ event }) => event === 'failed')).toEqual([]);
      expect(alive(postgres)).toBe(false);
    },
  );

  it('adds no listener to the process', async () => {
    const events = ['exit', 'beforeExit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException'];
    const listeners = (): number[] => events.map((event) => process.listenerCount(event));
    const before = listeners();
    await startedAndStopped(fresh(), async () => expect(listeners()).toEqual(before));
  });
});

describe('fault 3: library links come from an install script', () => {
  it('makes the links of binaries that have none', async () => {
    const binariesDirectory = binariesWithoutLinks(join(executable.path, 'unlinked'));
    const database = await startEmbeddedPostgres({ dataDirectory: fresh(), binariesDirectory, log });
    await database.stop();
    expect(links(binariesDirectory)).not.toEqual([]);
  });

  it('runs a copy where the links cannot be made', async () => {
    const binariesDirectory = binariesWithoutLinks(join(executable.path, 'read-only'));
    const release = madeReadOnly(binariesDirectory);
    if (release === undefined) return notChecked('binaries that are read-only', 'root may not mount here');
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

  function madeReadOnly(path: string): (() => void) | undefined {
    if (!isRoot) {
      execFileSync('chmod', ['-R', 'a-w', path]);
      return () => execFileSync('chmod', ['-R', 'u+w', path]);
    }
    try {
      execFileSync('mount', ['--bind', path, path], { stdio: 'ignore' });
      execFileSync('mount', ['-o', 'remount,bind,ro', path], { stdio: 'ignore' });
      return () => execFileSync('umount', [path]);
    } catch {
      return undefined;
    }
  }
});

describe('fault 4: root cannot run it when the binaries lie under a closed home', () => {
  const closedHome = (): string => {
    const home = mkdtempSync(join(executable.path, 'home-')); // 0700
    return binariesWithoutLinks(join(home, 'native'));
  };

  it('runs as somebody who is not root, from binaries and with data that only root can reach', async () => {
    if (!isRoot) return notChecked('a start as root', 'the tests run as an ordinary user');
    const home = closedHome();
    const messages: string[] = [];
    const dataDirectory = join(home, '..', 'data');
    if (!mayUnshare())
      return notChecked('binaries and data under a closed home', 'user namespaces are not allowed here');
    const database = await startEmbeddedPostgres({
      dataDirectory,
      binariesDirectory: home,
      log: (_level, message) => messages.push(message),
    });
    expect(await queryOnce(database.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.stop();
    expect(messages.join()).toMatch(/as nobody in a user namespace/);
  });

  it('runs a copy as nobody where user namespaces are not to be had', async () => {
    if (!isRoot) return notChecked('a start as root', 'the tests run as an ordinary user');
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

function alive(processId: number): boolean {
  return runningProcess(processId)?.zombie === false;
}

/** Every process of the server's session: postgres, its backends and the watchdog. */
function processesOf(postgres: number): number[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,pgid='], { encoding: 'utf8' }).trim().split('\n');
  const all = listed.map((line) => line.trim().split(/\s+/).map(Number));
  // The backends make groups of their own, but they work on the same cluster.
  const group = all.filter(([, groupId]) => groupId === postgres).flatMap(([processId = 0]) => [processId]);
  const cluster = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(postgres)], { encoding: 'utf8' })
    .split(' -D ')[1]
    ?.split(' ')[0];
  return [...new Set([...group, ...postgresProcessesOf(cluster ?? '', postgres)])];
}

function isShell(processId: number): boolean {
  return ['sh', 'dash', 'bash'].includes(
    basename(execFileSync('ps', ['-o', 'comm=', '-p', String(processId)], { encoding: 'utf8' }).trim()),
  );
}

/** A process that is dead and that its parent does not collect. */
async function uncollected(): Promise<{ processId: number; parent: ChildProcess }> {
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 100'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const processId = Number(line);
  await eventually('the child is dead', () => (runningProcess(processId)?.zombie === true ? true : undefined));
  return { processId, parent };
}

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
