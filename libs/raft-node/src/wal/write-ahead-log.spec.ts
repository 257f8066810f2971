import { anEntry, DISKS, entriesFrom, IDENTITY, plain, SMALL } from '../../test/a-log';
import type { FileSystem } from '../disk/file-system';
import { WriteAheadLog } from './write-ahead-log';

describe.each(DISKS)('the write-ahead log on %s', (_name, aDisk) => {
  let disk: { fileSystem: FileSystem; directory: string; remove(): void };
  let log: WriteAheadLog;

  beforeEach(() => {
    disk = aDisk();
    log = WriteAheadLog.create(disk.fileSystem, disk.directory, IDENTITY, SMALL);
  });
  afterEach(() => disk.remove());

  function reopen(): WriteAheadLog {
    log.close();
    log = WriteAheadLog.open(disk.fileSystem, disk.directory, SMALL);
    return log;
  }

  function held(): ReturnType<typeof plain> {
    return plain(log.entries(log.firstIndex, log.lastIndex));
  }

  it('begins empty, and says who it belongs to', () => {
    expect(WriteAheadLog.exists(disk.fileSystem, disk.directory)).toBe(true);
    reopen();
    expect(log).toMatchObject({ identity: IDENTITY, firstIndex: 1, lastIndex: 0, hardState: { term: 0, vote: null } });
    expect(() => WriteAheadLog.create(disk.fileSystem, disk.directory, IDENTITY)).toThrow('There is a log');
  });

  it('gives back every kind of entry, byte for byte', () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const entries = [
      { index: 1, term: 1, kind: 'no-op' as const, data: Buffer.alloc(0) },
      { index: 2, term: 1, kind: 'command' as const, data: every },
      { index: 3, term: 2 ** 52, kind: 'configuration' as const, data: Buffer.from([0]) },
    ];
    log.append(entries);
    log.sync();
    expect(held()).toEqual(plain(entries));
    reopen();
    expect(held()).toEqual(plain(entries));
  });

  it('writes one frame and syncs once for all that was appended since the last sync', () => {
    const first = log.append(entriesFrom(1, 3));
    expect(log.append(entriesFrom(4, 2), { term: 1, vote: 'node-2' })).toBe(first);
    expect(log.lastIndex).toBe(0);
    expect(log.sync()).toBe(first);
    expect(log.lastIndex).toBe(5);
    expect(log.append([anEntry(6)])).toBe(first + 1);
  });

  it('splits what is larger than a frame, and gives an entry larger than a segment a segment of its size', () => {
    const entries = [...entriesFrom(1, 100), anEntry(101, 1, 'x'.repeat(3 * SMALL.segmentBytes)), anEntry(102)];
    const batch = log.append(entries);
    expect(log.sync()).toBe(batch);
    expect(batch).toBeGreaterThan(3);
    reopen();
    expect(held()).toEqual(plain(entries));
  });

  it('keeps term and vote through any number of segments', () => {
    log.append([], { term: 7, vote: 'node-3' });
    log.append(entriesFrom(1, 300, 7));
    log.sync();
    log.cutPrefix(250);
    expect(log.firstIndex).toBeGreaterThan(100);
    reopen();
    expect(log.hardState).toEqual({ term: 7, vote: 'node-3' });
    log.append([], { term: 8, vote: null });
    log.sync();
    expect(reopen().hardState).toEqual({ term: 8, vote: null });
  });

  it.each([
    ['in one sync', false],
    ['in several syncs', true],
  ])('lets an overwrite discard everything from its first index on, %s', (_case, syncBetween) => {
    const sync = (): number => (syncBetween ? log.sync() : 0);
    log.append(entriesFrom(1, 10, 1));
    sync();
    log.append(entriesFrom(6, 2, 2));
    sync();
    log.append(entriesFrom(8, 1, 3));
    sync();
    log.append(entriesFrom(7, 1, 4));
    log.sync();
    const expected = plain([...entriesFrom(1, 5, 1), ...entriesFrom(6, 1, 2), ...entriesFrom(7, 1, 4)]);
    expect(held()).toEqual(expected);
    reopen();
    expect(held()).toEqual(expected);
    expect([5, 6, 7, 8].map((index) => log.termAt(index))).toEqual([1, 2, 4, undefined]);
  });

  it('refuses a gap, before anything is written', () => {
    log.append(entriesFrom(1, 2));
    expect(() => log.append([anEntry(4)])).toThrow(RangeError);
    expect(() => log.append([anEntry(3), anEntry(5)])).toThrow(RangeError);
    expect(() => log.append([anEntry(3, 2 ** 53)])).toThrow(RangeError);
    log.sync();
    expect(log.lastIndex).toBe(2);
  });

  it('cuts whole segments, never the last entry, and reads on from any index that is left', () => {
    const entries = entriesFrom(1, 500);
    for (const entry of entries) {
      log.append([entry]);
      if (entry.index % 7 === 0) log.sync();
    }
    log.sync();
    const files = disk.fileSystem.list(disk.directory).length;
    log.cutPrefix(200);
    expect(log.firstIndex).toBeGreaterThan(1);
    expect(log.firstIndex).toBeLessThanOrEqual(201);
    expect(log.termAt(log.firstIndex - 1)).toBe(1);
    expect(disk.fileSystem.list(disk.directory).length).toBeLessThan(files);
    for (const from of [log.firstIndex, 201, 350, 500]) {
      expect(plain(log.entries(from, 500))).toEqual(plain(entries.slice(from - 1)));
      expect(plain(log.read(from, 100))).toEqual(plain(entries.slice(from - 1, from - 1 + log.read(from, 100).length)));
    }
    expect(() => log.read(log.firstIndex - 1, 1)).toThrow('no longer in the log');
    const { firstIndex } = log;
    reopen();
    expect(log.firstIndex).toBe(firstIndex);
    log.cutPrefix(10_000);
    expect(held().at(-1)).toEqual(plain([anEntry(500)])[0]);
  });

  it('reads no more than the bytes asked for, but at least one entry', () => {
    log.append(entriesFrom(1, 50));
    log.sync();
    expect(log.read(10, 0)).toHaveLength(1);
    expect(log.read(10, 60).reduce((sum, { data }) => sum + data.byteLength, 0)).toBeLessThanOrEqual(60);
    expect(log.read(10, 60).length).toBeGreaterThan(1);
    expect(log.read(51, 1000)).toEqual([]);
  });

  it('remembers the newest membership, and falls back when an overwrite takes it away', () => {
    log.recordConfiguration({ index: 0, data: Buffer.from('one') });
    log.append(entriesFrom(1, 3));
    log.recordConfiguration({ index: 3, data: Buffer.from('two') });
    log.sync();
    expect(String(Buffer.from(reopen().configuration!.data))).toBe('two');
    log.append(entriesFrom(2, 1, 2));
    log.sync();
    expect(String(Buffer.from(log.configuration!.data))).toBe('one');
    log.append(entriesFrom(3, 300, 2));
    log.sync();
    log.cutPrefix(290);
    expect(String(Buffer.from(reopen().configuration!.data))).toBe('one');
  });

  it('carries the mark of a snapshot installation over a restart and over a cut', () => {
    log.append(entriesFrom(1, 300));
    log.beginInstall({ index: 900, term: 4, configuration: Buffer.from('three') });
    log.append(entriesFrom(301, 300));
    log.sync();
    log.cutPrefix(590);
    reopen();
    expect(log.installing).toMatchObject({ index: 900, term: 4 });
    log.endInstall(900, 4);
    const expected = { installing: null, firstIndex: 901, lastIndex: 900 };
    expect(log).toMatchObject(expected);
    reopen();
    expect(log).toMatchObject(expected);
    expect(log.termAt(900)).toBe(4);
    expect(String(Buffer.from(log.configuration!.data))).toBe('three');
    log.append(entriesFrom(901, 5, 4));
    log.sync();
    reopen();
    expect(held()).toEqual(plain(entriesFrom(901, 5, 4)));
  });

  it('keeps the suffix when the installed snapshot is of an entry that it holds', () => {
    log.append(entriesFrom(1, 10, 3));
    log.beginInstall({ index: 6, term: 3, configuration: Buffer.from('three') });
    log.endInstall(6, 3);
    reopen();
    expect(held()).toEqual(plain(entriesFrom(7, 4, 3)));
    expect(log.termAt(6)).toBe(3);
  });

  it('gives way to an installed snapshot that its own entries contradict, also when it is cut later', () => {
    log.append(entriesFrom(1, 70, 1));
    log.sync();
    log.beginInstall({ index: 20, term: 2, configuration: Buffer.from('three') });
    log.endInstall(20, 2);
    expect(log).toMatchObject({ firstIndex: 21, lastIndex: 20 });
    for (const entry of entriesFrom(21, 120, 2)) {
      log.append([entry]);
      log.sync();
    }
    reopen();
    expect(held()).toEqual(plain(entriesFrom(21, 120, 2)));
    for (const index of [45, 60, 75, 100]) {
      log.cutPrefix(index);
      reopen();
      expect(log.firstIndex).toBeLessThanOrEqual(index + 1);
      expect(plain(log.entries(index + 1, 140))).toEqual(plain(entriesFrom(index + 1, 140 - index, 2)));
    }
  });
});
