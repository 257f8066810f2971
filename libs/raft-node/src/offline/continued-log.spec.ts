import { configuration } from '@config-guardian/raft';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUse } from '../disk/file-system';
import { RealFileSystem } from '../disk/real-file-system';
import { WriteAheadLog } from '../wal/write-ahead-log';
import type { LogEntry } from '../wal/record';
import { writeContinuedLog } from './continued-log';
import { StoppedLog } from './stopped-log';

const identity = { clusterId: 'cluster-2', nodeId: 'node-1', incarnation: 'second' };
const alone = configuration(['node-1#second']);
const command = (index: number, term = 7): LogEntry => ({
  index,
  term,
  kind: 'command',
  data: Buffer.from(`${index}`),
});

describe('a log that goes on from where a state machine stands', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'config-guardian-log-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('begins with the entry after it, in the term that the state had', () => {
    writeContinuedLog(directory, { identity, configuration: alone, after: { index: 1_000_000_041, term: 6 } });
    const log = WriteAheadLog.open(new RealFileSystem(), directory);
    expect(log.identity).toEqual(identity);
    expect([log.firstIndex, log.lastIndex, log.termAt(1_000_000_041)]).toEqual([1_000_000_042, 1_000_000_041, 6]);
    expect(log.hardState).toEqual({ term: 6, vote: null });
    expect(log.installing).toBeNull();
    log.close();
  });

  it('holds what is handed to it, however much that is, and its newest term', async () => {
    const entries = Array.from({ length: 2_500 }, (_, n) => command(42 + n, n < 2_000 ? 7 : 8));
    writeContinuedLog(directory, { identity, configuration: alone, after: { index: 41, term: 6 }, entries });
    const stopped = await StoppedLog.open(directory);
    expect([...stopped.after({ index: 41, term: 6 })]).toMatchObject(entries);
    expect([...stopped.after({ index: 2_040, term: 7 })]).toMatchObject(entries.slice(1_999));
    stopped.close();
    const log = WriteAheadLog.open(new RealFileSystem(), directory);
    expect(log.hardState).toEqual({ term: 8, vote: null });
    log.close();
  });

  it('can begin at the very beginning', () => {
    writeContinuedLog(directory, { identity, configuration: alone, after: { index: 0, term: 0 } });
    const log = WriteAheadLog.open(new RealFileSystem(), directory);
    expect([log.firstIndex, log.lastIndex]).toEqual([1, 0]);
    log.close();
  });

  it('has nothing to say after an entry that it does not hold', async () => {
    writeContinuedLog(directory, {
      identity,
      configuration: alone,
      after: { index: 41, term: 6 },
      entries: [command(42), command(43)],
    });
    const stopped = await StoppedLog.open(directory);
    expect([...stopped.after({ index: 42, term: 8 })]).toEqual([]);
    expect([...stopped.after({ index: 50, term: 7 })]).toEqual([]);
    stopped.close();
  });

  it('is not read while a node has it open', async () => {
    writeContinuedLog(directory, { identity, configuration: alone, after: { index: 1, term: 1 } });
    const unlock = await new RealFileSystem().lock(directory);
    await expect(StoppedLog.open(directory)).rejects.toThrow(DirectoryInUse);
    unlock();
    const stopped = await StoppedLog.open(directory);
    expect(stopped.lastIndex).toBe(1);
    await expect(StoppedLog.open(directory)).rejects.toThrow(DirectoryInUse);
    stopped.close();
  });
});
