import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itUnless, withoutMounts, withoutProc, withoutRoot } from '../../../../../test/support/lacking';
import { eventually, isRoot, queryOnce, temporaryDirectory } from '../../../../../test/support/postgres-directory';
import { HostProcess, compiledHost } from '../../../../../test/support/postgres-host-process';
import { startEmbeddedPostgres } from './embedded-postgres';
import type { EmbeddedPostgres } from './embedded-postgres';

jest.setTimeout(120_000);

const host = compiledHost();
const directory = temporaryDirectory();
const log = (): void => undefined;

afterAll(() => {
  directory.remove();
  host.remove();
});

const start = (name: string): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDirectory: join(directory.path, name), log });

describe('a data directory', () => {
  it('whose initdb was killed half-way is initialised again', async () => {
    const dataDirectory = join(directory.path, 'half');
    const node = new HostProcess(host.program, [dataDirectory]);
    const draft = await eventually('initdb writes', () => {
      const name = existsSync(dataDirectory)
        ? readdirSync(dataDirectory).find((entry) => entry.startsWith('initialising-'))
        : undefined;
      // global/ appears early; pg_control and template1 come later
      return name !== undefined && existsSync(join(dataDirectory, name, 'global')) ? name : undefined;
    });
    node.killGroup('SIGKILL'); // initdb too, which the node starts in its own group
    await node.ended;
    expect(existsSync(join(dataDirectory, 'cluster'))).toBe(false);
    const database = await start('half');
    expect(await queryOnce(database.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.stop();
    expect(existsSync(join(dataDirectory, draft))).toBe(false);
  });

  it('is refused to a second start, which names the first and does it no harm', async () => {
    const first = await start('shared');
    await expect(start('shared')).rejects.toMatchObject({
      failure: 'in-use',
      message: expect.stringContaining(`by process ${process.pid}`),
    });
    const second = new HostProcess(host.program, [join(directory.path, 'shared')]);
    const refusal = await second.until('refused');
    expect(refusal.failure).toBe('in-use');
    expect(refusal.message).toContain(`process ${process.pid}`);
    expect(await second.ended).toBe(1);
    expect(await queryOnce(first.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await first.stop();
    await (await start('shared')).stop();
  });

  it('goes to exactly one of several that start at the same moment on an abandoned one', async () => {
    const dataDirectory = join(directory.path, 'raced');
    const dead = new HostProcess(host.program, [dataDirectory]);
    await dead.until('started');
    dead.kill('SIGKILL');
    await dead.ended;
    const nodes = [1, 2, 3, 4].map(() => new HostProcess(host.program, [dataDirectory]));
    const outcomes = await Promise.all(
      nodes.map((node) =>
        node.until('started').then(
          ({ url }) => ({ url, node }),
          () => undefined,
        ),
      ),
    );
    const winners = outcomes.filter((outcome) => outcome !== undefined);
    expect(winners).toHaveLength(1);
    for (const { url, node } of winners) {
      expect(await queryOnce(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      node.kill('SIGTERM');
      await node.until('stopped');
    }
  });

  it.each([
    ['spaces, quotes and commas', `with spaces, "quotes" and 'more'`],
    ['a path too long for a socket', `${'long-'.repeat(30)}/${'longer-'.repeat(20)}`],
    ['letters beyond ASCII', 'Büro-данные'],
  ])('may have %s in its path', async (_what, name) => {
    const database = await start(name);
    expect(await queryOnce(database.connectionUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.stop();
    const again = await start(name);
    expect(again.connectionUrl).toBe(database.connectionUrl);
    await again.stop();
  });

  it('of another release of PostgreSQL is refused by name', async () => {
    const cluster = join(directory.path, 'old', 'cluster');
    mkdirSync(cluster, { recursive: true });
    writeFileSync(join(cluster, 'PG_VERSION'), '13\n');
    await expect(start('old')).rejects.toMatchObject({
      failure: 'wrong-cluster',
      message: expect.stringContaining('PostgreSQL 13'),
    });
  });

  it('that holds something else is refused, and left as it is', async () => {
    const cluster = join(directory.path, 'foreign', 'cluster');
    mkdirSync(cluster, { recursive: true });
    writeFileSync(join(cluster, 'diary.txt'), 'mine');
    await expect(start('foreign')).rejects.toMatchObject({ failure: 'wrong-cluster' });
    expect(readdirSync(cluster)).toEqual(['diary.txt']);
  });

  it('that cannot be written is refused with the way out', async () => {
    writeFileSync(join(directory.path, 'a-file'), '');
    await expect(start('a-file/below')).rejects.toMatchObject({
      failure: 'not-writable',
      message: expect.stringContaining('DATABASE_URL'),
    });
  });

  itUnless(isRoot ? 'root may write everywhere' : undefined, 'that is closed is refused with the reason', async () => {
    mkdirSync(join(directory.path, 'closed'), { mode: 0o555 });
    await expect(start('closed/below')).rejects.toMatchObject({
      failure: 'not-writable',
      message: expect.stringContaining('permission denied'),
    });
  });

  itUnless(
    withoutMounts(),
    'on a full disk is refused with what initdb said, and nothing half-made stays',
    async () => {
      const full = join(directory.path, 'full');
      mkdirSync(full);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0755', 'tmpfs', full]);
      try {
        await expect(start('full/node')).rejects.toThrow(/No space left on device/);
        expect(readdirSync(join(full, 'node')).filter((name) => name.startsWith('initialising-'))).toEqual([]);
      } finally {
        execFileSync('umount', [full]);
      }
    },
  );

  itUnless(withoutRoot ?? withoutProc, 'that root starts on stays with the user who owns the cluster', async () => {
    const [uid, gid] = [54_321, 54_321];
    await (await start('owned')).stop();
    const dataDirectory = join(directory.path, 'owned');
    execFileSync('chown', ['-R', `${uid}:${gid}`, dataDirectory]);
    const database = await start('owned');
    expect(statSync(`/proc/${database.processId}`).uid).toBe(uid);
    await database.stop();
  });

  it('that was copied while its server ran starts as after a crash', async () => {
    const database = await start('original');
    await queryOnce(database.connectionUrl, 'CREATE TABLE kept AS SELECT 1 AS row; CHECKPOINT');
    cpSync(join(directory.path, 'original', 'cluster'), join(directory.path, 'copy', 'cluster'), { recursive: true });
    if (isRoot)
      execFileSync('chown', [
        '-R',
        '--reference',
        join(directory.path, 'original', 'cluster'),
        join(directory.path, 'copy', 'cluster'),
      ]);
    chmodSync(join(directory.path, 'copy'), 0o711);
    const copy = await start('copy');
    expect(await queryOnce(copy.connectionUrl, 'SELECT row FROM kept')).toEqual([{ row: 1 }]);
    expect(await queryOnce(database.connectionUrl, 'SELECT row FROM kept')).toEqual([{ row: 1 }]);
    await Promise.all([database.stop(), copy.stop()]);
  });
});
