import { aSimulatedLog, anEntry, DIRECTORY, entriesFrom, IDENTITY, plain, SMALL } from '../../test/a-log';
import type { SimulatedWorld } from '../../test/a-log';
import { SimulatedDisk } from '../disk/simulated-disk';
import { FRAME_HEADER, readFrame } from './frame';
import { LogDamaged, LogPoisoned } from './log-damage';
import { segmentPath } from './segment';
import { WriteAheadLog } from './write-ahead-log';

const FIRST = segmentPath(DIRECTORY, 1);

function bytesOf({ disk }: SimulatedWorld, path = FIRST): Buffer {
  const file = disk.open(path);
  return file.readAt(0, file.size);
}

function overwrite({ disk }: SimulatedWorld, offset: number, bytes: Uint8Array, path = FIRST): void {
  const file = disk.open(path);
  file.writeAt(offset, bytes);
  file.sync();
}

function frameOffsets(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let frame = readFrame(bytes, 0); typeof frame === 'object'; frame = readFrame(bytes, frame.end))
    offsets.push(frame.offset);
  return offsets;
}

/** Three batches of one entry each, 600 bytes, so that every frame spans at least two sectors. */
function aLogOfThree(): SimulatedWorld & { offsets: number[]; end: number } {
  const world = aSimulatedLog();
  for (const index of [1, 2, 3]) {
    world.log.append([anEntry(index, 1, 'x'.repeat(600))]);
    world.log.sync();
  }
  const bytes = bytesOf(world);
  const offsets = frameOffsets(bytes);
  const last = readFrame(bytes, offsets.at(-1)!);
  return { ...world, offsets, end: typeof last === 'object' ? last.end : 0 };
}

describe('a damaged log', () => {
  it('is cut where its last batch was torn, and goes on from there', () => {
    const world = aLogOfThree();
    overwrite(world, world.end - 200, Buffer.alloc(200));
    const torn = world.reopen();
    expect(torn.lastIndex).toBe(2);
    expect(torn.tornBytes).toBeGreaterThan(0);
    expect(
      bytesOf(world)
        .subarray(world.offsets[3])
        .every((byte) => byte === 0),
    ).toBe(true);
    torn.append([anEntry(3, 2, 'short')]);
    torn.sync();
    world.disk.losePower();
    expect(plain(world.reopen().entries(3, 3))).toEqual(plain([anEntry(3, 2, 'short')]));
  });

  it('is cut where the sector with the header of its last batch was never written', () => {
    const world = aLogOfThree();
    overwrite(
      world,
      world.offsets[3]!,
      Buffer.alloc(Math.ceil((world.offsets[3]! + 1) / 512) * 512 - world.offsets[3]!),
    );
    expect(world.reopen().lastIndex).toBe(2);
  });

  it.each([
    ['the magic', 0],
    ['the length', 5],
    ['the batch number', 8],
    ['the chain', 17],
    ['the payload checksum', 21],
    ['the kind', 24],
    ['the header checksum', 30],
    ['a record header', FRAME_HEADER + 4],
    ['an index', FRAME_HEADER + 8],
    ['a term', FRAME_HEADER + 16],
    ['the data', FRAME_HEADER + 300],
  ])('refuses to start when one bit of %s is wrong, in any frame', (_name, at) => {
    for (const frame of [0, 1, 2, 3]) {
      const world = aLogOfThree();
      world.disk.flipBit(FIRST, (world.offsets[frame]! + at) * 8 + 3);
      expect(() => world.reopen()).toThrow(LogDamaged);
    }
  });

  it('names the file and the offset, and says what to do', () => {
    const world = aLogOfThree();
    world.disk.flipBit(FIRST, (world.offsets[2]! + 100) * 8);
    const text = `${FIRST} at byte ${world.offsets[2]}: the frame is bad and a good one follows at byte ${world.offsets[3]}`;
    expect(() => world.reopen()).toThrow(text);
    expect(() => world.reopen()).toThrow(/join again under a new node id.*restore DATA_DIR and the database together/);
  });

  it('refuses a torn frame before the last one, however it was torn', () => {
    for (const frame of [1, 2]) {
      const world = aLogOfThree();
      overwrite(world, world.offsets[frame]! + 100, Buffer.alloc(300));
      expect(() => world.reopen()).toThrow(LogDamaged);
    }
  });

  it('refuses a frame that reads as if it had never been written, when a good one follows', () => {
    for (const frame of [1, 2]) {
      const world = aLogOfThree();
      overwrite(world, world.offsets[frame]!, Buffer.alloc(world.offsets[frame + 1]! - world.offsets[frame]!));
      expect(() => world.reopen()).toThrow(/a good one follows/);
    }
  });

  it('refuses a file that was cut inside a frame, and says so', () => {
    const world = aLogOfThree();
    const cut = bytesOf(world).subarray(0, world.end - 64);
    world.disk.remove(FIRST);
    const file = world.disk.create(FIRST, cut.length);
    file.writeAt(0, cut);
    file.sync();
    world.disk.syncDirectory(DIRECTORY);
    expect(() => world.reopen()).toThrow(/the file ends inside a frame/);
  });

  it('notices frames that changed places, are missing in the middle, or come from another log', () => {
    const swapped = aLogOfThree();
    const bytes = bytesOf(swapped);
    const [, one, two, three] = swapped.offsets as [number, number, number, number];
    overwrite(swapped, one, Buffer.concat([bytes.subarray(two, three), bytes.subarray(one, two)]));
    expect(() => swapped.reopen()).toThrow('frames are missing, swapped or of another log');

    const missing = aLogOfThree();
    overwrite(missing, one, Buffer.concat([bytes.subarray(two, missing.end), Buffer.alloc(two - one)]));
    expect(() => missing.reopen()).toThrow('frames are missing, swapped or of another log');

    const foreign = aSimulatedLog();
    foreign.log.append([], { term: 9, vote: 'node-9' });
    foreign.log.append([anEntry(1, 9, 'y'.repeat(600))]);
    foreign.log.sync();
    foreign.log.append([anEntry(2, 1, 'x'.repeat(600))]);
    foreign.log.sync();
    const other = bytesOf(foreign);
    const offsets = frameOffsets(other);
    const mixed = aLogOfThree();
    overwrite(mixed, two, other.subarray(offsets[2]!, offsets[2]! + three - two));
    expect(() => mixed.reopen()).toThrow('frames are missing, swapped or of another log');
  });

  describe('of several segments', () => {
    function aLongLog(): SimulatedWorld {
      const world = aSimulatedLog();
      for (const entry of entriesFrom(1, 200)) {
        world.log.append([entry]);
        world.log.sync();
      }
      return world;
    }

    it('refuses to start when the end of an earlier segment is gone, or its last frame torn', () => {
      for (const wipe of [1, 40]) {
        const world = aLongLog();
        const offsets = frameOffsets(bytesOf(world));
        overwrite(world, offsets.at(-wipe)!, Buffer.alloc(SMALL.segmentBytes - offsets.at(-wipe)!));
        expect(() => world.reopen()).toThrow(LogDamaged);
      }
      const world = aLongLog();
      overwrite(world, frameOffsets(bytesOf(world)).at(-1)!, Buffer.alloc(40));
      expect(() => world.reopen()).toThrow(/a later segment follows/);
    });

    it('refuses to start when a segment is missing, renamed or has no header', () => {
      const missing = aLongLog();
      missing.disk.remove(segmentPath(DIRECTORY, 2));
      expect(() => missing.reopen()).toThrow(/0002\.wal at byte 0: the file is missing/);

      const renamed = aLongLog();
      renamed.disk.rename(FIRST, segmentPath(DIRECTORY, 999));
      expect(() => renamed.reopen()).toThrow(LogDamaged);

      const headless = aLongLog();
      overwrite(headless, 0, Buffer.alloc(512));
      expect(() => headless.reopen()).toThrow(/its header is unreadable/);
    });

    it('does not hand out an entry that no longer reads as it was written', () => {
      const world = aLongLog();
      world.disk.flipBit(FIRST, (frameOffsets(bytesOf(world))[5]! + FRAME_HEADER + 30) * 8);
      expect(() => [...world.log.entries(1, 200)]).toThrow(LogDamaged);
    });
  });
});

describe('a disk that fails', () => {
  it.each([
    ['sync', 'EIO'],
    ['write', 'EIO'],
    ['write', 'ENOSPC'],
  ] as const)('poisons the log when a %s ends in %s: nothing is taken or synced again', (call, code) => {
    const world = aSimulatedLog();
    world.log.append(entriesFrom(1, 3));
    world.log.sync();
    world.log.append(entriesFrom(4, 3));
    world.disk.failNext(call, code);
    expect(() => world.log.sync()).toThrow(code === 'ENOSPC' ? /ENOSPC.*Make room in DATA_DIR/ : /EIO[^.]*$/);
    const { syncs, writes } = world.disk;
    expect(() => world.log.sync()).toThrow(LogPoisoned);
    expect(() => world.log.append([anEntry(4)])).toThrow(LogPoisoned);
    expect(() => world.log.cutPrefix(1)).toThrow(LogPoisoned);
    expect(world.disk).toMatchObject({ syncs, writes });
    expect(world.log.lastIndex).toBe(3);
  });

  it('poisons the log when the disk has no room for another segment, and loses nothing acknowledged', () => {
    const disk = new SimulatedDisk({ seed: 1, capacity: 3 * SMALL.segmentBytes });
    const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
    const fill = (): void => {
      for (const entry of entriesFrom(1, 1000)) {
        log.append([entry]);
        log.sync();
      }
    };
    expect(fill).toThrow(/ENOSPC/);
    const { lastIndex } = log;
    expect(lastIndex).toBeGreaterThan(50);
    disk.losePower();
    const again = WriteAheadLog.open(disk, DIRECTORY, SMALL);
    expect(plain(again.entries(1, lastIndex))).toEqual(plain(entriesFrom(1, lastIndex)));
  });

  it('makes durable at the start what a failed sync may have left in the page cache alone', () => {
    let survived = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const world = aSimulatedLog(seed);
      world.log.append(entriesFrom(1, 3));
      world.disk.failNext('sync');
      expect(() => world.log.sync()).toThrow(LogPoisoned);
      const { lastIndex } = world.reopen();
      world.disk.losePower();
      expect(world.reopen().lastIndex).toBe(lastIndex);
      survived += lastIndex === 3 ? 1 : 0;
    }
    expect(survived).toBe(40);
  });
});
