import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { itUnless, withoutProc } from '../../../../../test/support/lacking';
import { eventually, isRoot, queryOnce, temporaryDirectory } from '../../../../../test/support/postgres-directory';
import { HostProcess, compiledHost } from '../../../../../test/support/postgres-host-process';
import { startEmbeddedPostgres } from './embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres';
import { postgresProcessesOf, runningProcess } from './running-process';

jest.setTimeout(120_000);

const host = compiledHost();
const directory = temporaryDirectory();
const log = (): void => undefined;
let count = 0;
const fresh = (): string => join(directory.path, `node-${(count += 1)}`);

afterAll(() => {
  directory.remove();
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

  itUnless(withoutProc, 'starts after node, watchdog and postgres were all killed', async () => {
    const dataDirectory = fresh();
    await crashed(dataDirectory);
    await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
      expect(await queryOnce(connectionUrl, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 1 }]);
    });
  });

  itUnless(withoutProc, 'takes over from a postgres whose watchdog was killed before the node', async () => {
    const dataDirectory = fresh();
    const node = new HostProcess(host.program, [dataDirectory]);
    const { postgres } = await node.until('started');
    const watchdogs = processesOf(postgres).filter((processId) => processId !== postgres && isShell(processId));
    expect(watchdogs).not.toEqual([]);
    for (const watchdog of watchdogs) process.kill(watchdog, 'SIGKILL');
    node.kill('SIGKILL');
    await node.ended;
    expect(alive(postgres)).toBe(true);
    await startedAndStopped(dataDirectory, async ({ connectionUrl }) => {
      expect(await queryOnce(connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(alive(postgres)).toBe(false);
    });
  });

  itUnless(withoutProc, 'starts while the dead postmaster has not been collected by its parent', async () => {
    const dataDirectory = fresh();
    await crashed(dataDirectory);
    const { processId, parent } = await uncollected(serverUser(dataDirectory));
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

  itUnless(
    withoutProc,
    "starts when another program has the dead postmaster's process number, and leaves that program alone",
    async () => {
      const dataDirectory = fresh();
      await crashed(dataDirectory);
      const bystander = spawn('sleep', ['100'], serverUser(dataDirectory));
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
    },
  );

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

function alive(processId: number): boolean {
  return runningProcess(processId)?.zombie === false;
}

/** Every process of the server's session: postgres, its backends and the watchdog. */
function processesOf(postgres: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // The backends make groups of their own, but they work on the same cluster.
  const group = all.map(Number).filter((processId) => groupOf(processId) === postgres);
  const words = readFileSync(`/proc/${postgres}/cmdline`, 'utf8').split('\0');
  const cluster = words[words.indexOf('-D') + 1] ?? '';
  return [...new Set([...group, ...postgresProcessesOf(cluster, postgres)])];
}

/** Undefined for a process that has ended meanwhile. */
function groupOf(processId: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}

function isShell(processId: number): boolean {
  return ['sh', 'dash', 'bash'].includes(readFileSync(`/proc/${processId}/comm`, 'utf8').trim());
}

type ServerUser = { uid: number; gid: number } | Record<string, never>;

/** PostgreSQL believes in a process only if it may signal it. */
function serverUser(dataDirectory: string): ServerUser {
  const { uid, gid } = statSync(join(dataDirectory, 'cluster'));
  return isRoot ? { uid, gid } : {};
}

/** A process that is dead and that its parent does not collect: it ends after the shell has become another program. */
async function uncollected(user: ServerUser): Promise<{ processId: number; parent: ChildProcess }> {
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 100'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...user,
  });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const processId = Number(line);
  await eventually('the child is dead', () => (runningProcess(processId)?.zombie === true ? true : undefined));
  return { processId, parent };
}
