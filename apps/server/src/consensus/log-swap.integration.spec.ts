import type { FileSystem, LogContinuation, OpenFile } from '@config-guardian/raft-node';
import { DirectoryInUse, memberId, RealFileSystem, StoppedLog, writeContinuedLog } from '@config-guardian/raft-node';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import type { DataSource } from 'typeorm';
import { aMigratedDatabase, identity, openedDataSource, PersistedNode } from '../../../../test/support/persisted-node';
import type { TestDatabase } from '../../../../test/support/postgres';
import { fastDirectory } from '../../../../test/support/postgres-directory';
import { settleLogSwap, swapLog } from './log-swap';

const next = { clusterId: 'cluster-2', nodeId: 'node-1', incarnation: 'second' };
const begin = (of: typeof identity, index: number): LogContinuation => ({
  identity: of,
  configuration: {
    voters: [memberId(of.nodeId, of.incarnation)],
    learners: [],
    outgoing: [],
    learnersNext: [],
    autoLeave: false,
  },
  after: { index, term: 1 },
  entries: [{ index: index + 1, term: 1, kind: 'no-op', data: new Uint8Array(0) }],
});

class Crash extends Error {}

const isCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof Error && error.cause instanceof Crash);

/** Dies before its n-th step and does nothing any more. */
class Crashing {
  steps = 0;
  constructor(private readonly dieBefore: number) {}

  step(): void {
    if (this.steps >= this.dieBefore) throw new Crash();
    this.steps += 1;
  }

  get fileSystem(): FileSystem {
    const real = new RealFileSystem();
    const step = this.step.bind(this);
    const before =
      <Arguments extends unknown[], Result>(work: (...given: Arguments) => Result) =>
      (...given: Arguments): Result => {
        step();
        return work(...given);
      };
    const file = (opened: OpenFile): OpenFile => ({
      size: opened.size,
      readAt: (position, length) => opened.readAt(position, length),
      writeAt: before((position, bytes) => opened.writeAt(position, bytes)),
      sync: before(() => opened.sync()),
      close: () => opened.close(),
    });
    return {
      makeDirectory: before((directory) => real.makeDirectory(directory)),
      list: (directory) => real.list(directory),
      create: before((path, size) => file(real.create(path, size))),
      open: (path) => file(real.open(path)),
      rename: before((from, to) => real.rename(from, to)),
      remove: before((path) => real.remove(path)),
      syncDirectory: before((directory) => real.syncDirectory(directory)),
      lock: (directory) => real.lock(directory),
    };
  }
}

describe('a log and a database that are replaced together', () => {
  let database: TestDatabase;
  let source: DataSource;
  let directory: string;
  let template: string;
  let log: string;

  beforeAll(async () => {
    template = mkdtempSync(join(fastDirectory(), 'config-guardian-swap-'));
    writeContinuedLog(template, begin(identity, 0));
    database = await aMigratedDatabase();
    source = await openedDataSource(database.url);
    const node = await PersistedNode.boot(source);
    await node.persister.stop();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
    rmSync(template, { recursive: true });
  });

  const own = ({ clusterId, nodeId, incarnation }: typeof identity) =>
    source.query('UPDATE raft_meta SET cluster_id = $1, node_id = $2, incarnation = $3', [
      clusterId,
      nodeId,
      incarnation,
    ]);

  beforeEach(async () => {
    directory = mkdtempSync(join(fastDirectory(), 'config-guardian-swap-'));
    log = join(directory, 'log');
    await own(identity);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const renew = async (): Promise<void> => {
    rmSync(directory, { recursive: true });
    cpSync(template, log, { recursive: true });
    await own(identity);
  };

  async function swap(crashing: Crashing): Promise<'done' | 'crashed'> {
    try {
      await swapLog(
        log,
        begin(next, 500),
        async () => {
          crashing.step();
          await own(next);
        },
        crashing.fileSystem,
      );
      return 'done';
    } catch (error) {
      if (isCrash(error)) return 'crashed';
      throw error;
    }
  }

  async function whole(): Promise<string> {
    const [owner] = await source.query<{ cluster_id: string }[]>('SELECT cluster_id FROM raft_meta');
    const opened = await StoppedLog.open(log);
    const { clusterId } = opened.identity;
    const { firstIndex, lastIndex } = opened;
    opened.close();
    expect(clusterId).toBe(owner?.cluster_id);
    expect([firstIndex, lastIndex]).toEqual(clusterId === next.clusterId ? [501, 501] : [1, 1]);
    expect(existsSync(`${log}.next`)).toBe(false);
    return clusterId;
  }

  it('are both the old ones or both the new ones after a crash at any step', async () => {
    const outcomes: string[] = [];
    for (let steps = 0; ; steps += 1) {
      await renew();
      if ((await swap(new Crashing(steps))) === 'done') break;
      await settleLogSwap(log, source);
      outcomes.push(await whole());
    }
    expect(await whole()).toBe(next.clusterId);
    const turn = outcomes.indexOf(next.clusterId);
    expect(turn).toBeGreaterThan(10);
    expect(outcomes.length - turn).toBeGreaterThanOrEqual(4);
    expect(new Set(outcomes.slice(0, turn))).toEqual(new Set([identity.clusterId]));
    expect(new Set(outcomes.slice(turn))).toEqual(new Set([next.clusterId]));
    expect(readdirSync(directory).sort()).toEqual(['log', expect.stringMatching(/^log\.before-/)]);
  });

  it('are so when the crash is followed by crashes while it is mended', async () => {
    await renew();
    const total = new Crashing(Infinity);
    await swap(total);
    for (let left = 1; left <= 6; left += 1) {
      for (let steps = 0; ; steps += 1) {
        await renew();
        expect(await swap(new Crashing(total.steps - left))).toBe('crashed');
        const mended = settleLogSwap(log, source, new Crashing(steps).fileSystem).catch((error: unknown) => {
          if (isCrash(error)) return 'crashed';
          throw error;
        });
        if ((await mended) !== 'crashed') break;
        await settleLogSwap(log, source);
        await whole();
      }
    }
  });

  it('begin where there was no log', async () => {
    expect(await swap(new Crashing(Infinity))).toBe('done');
    expect(await whole()).toBe(next.clusterId);
    expect(readdirSync(directory)).toEqual(['log']);
  });

  it('are left alone when the database belongs to neither, because it may be the wrong one', async () => {
    await renew();
    await swap(new Crashing(Infinity));
    cpSync(log, `${log}.next`, { recursive: true });
    await own({ ...identity, clusterId: 'cluster-3' });
    await expect(settleLogSwap(log, source)).resolves.toBe('none');
    expect(existsSync(`${log}.next`)).toBe(true);
  });

  it('are not mended while another process replaces them', async () => {
    await renew();
    cpSync(template, `${log}.next`, { recursive: true });
    const unlock = await new RealFileSystem().lock(directory);
    await expect(settleLogSwap(log, source)).rejects.toThrow(DirectoryInUse);
    unlock();
  });
});
