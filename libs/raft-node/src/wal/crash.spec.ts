import { crashRun } from '../../test/crash-run';
import { seededRandom } from '../disk/seeded-random';
import { SimulatedDisk } from '../disk/simulated-disk';
import { anEntry, DIRECTORY, entriesFrom, IDENTITY, plain, SMALL } from '../../test/a-log';
import { LogDamaged } from './log-damage';
import type { LogEntry } from './record';
import { segmentPath, segmentSequences } from './segment';
import { WriteAheadLog } from './write-ahead-log';

const SEEDS = Number(process.env.WAL_SEEDS ?? 150);

describe('a log whose machine crashes at random', () => {
  it('recovers everything that was synced, and a prefix of what was under way', () => {
    const runs = Array.from({ length: SEEDS }, (_, seed) => crashRun(seed, 200));
    expect(runs.flatMap(({ violation }) => violation ?? [])).toEqual([]);
    // The runs mean something only when the disk did lose and tear writes.
    expect(runs.reduce((sum, { crashes }) => sum + crashes, 0)).toBeGreaterThan(SEEDS * 5);
    expect(runs.reduce((sum, { tornTails }) => sum + tornTails, 0)).toBeGreaterThan(SEEDS / 5);
  });

  it('loses acknowledged entries as soon as syncs do nothing, and the same run tells so', () => {
    const runs = Array.from({ length: 60 }, (_, seed) => crashRun(seed, 200, true));
    const violations = runs.flatMap(({ violation }) => violation ?? []);
    expect(violations).toHaveLength(60);
    // Where later writes outlived earlier ones the log refuses to start; where only the last are gone nothing shows but the loss.
    expect(
      violations.filter((text) => /the last entry is \d+, not \d+|term or vote differ/.test(text)).length,
    ).toBeGreaterThan(3);
  });

  it('never starts with other entries than those written when a bit has flipped', () => {
    const outcomes = { refused: 0, cutAtEnd: 0, unused: 0 };
    for (let seed = 0; seed < 300; seed += 1) {
      const random = seededRandom(seed);
      const disk = new SimulatedDisk({ seed });
      const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
      const entries = Array.from({ length: 60 }, (_, i) =>
        anEntry(i + 1, 1, `${i} `.repeat(Math.floor(random() * 60))),
      );
      for (const entry of entries) {
        log.append([entry]);
        if (random() < 0.5) log.sync();
      }
      log.sync();
      disk.losePower();
      const sequences = segmentSequences(disk, DIRECTORY);
      const path = segmentPath(DIRECTORY, sequences[Math.floor(random() * sequences.length)]!);
      disk.flipBit(path, Math.floor(random() * SMALL.segmentBytes * 8));
      try {
        const again = WriteAheadLog.open(disk, DIRECTORY, SMALL);
        expect(plain(again.entries(1, again.lastIndex))).toEqual(plain(entries.slice(0, again.lastIndex)));
        outcomes[again.lastIndex === entries.length ? 'unused' : 'cutAtEnd'] += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(LogDamaged);
        outcomes.refused += 1;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(200);
    expect(outcomes.cutAtEnd).toBeLessThanOrEqual(3);
  });

  it('starts after a crash between two removals, when an overwrite had set the log back below the older segments', () => {
    for (let operations = 0; operations < 4; operations += 1) {
      const disk = new SimulatedDisk({ seed: operations });
      const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
      const write = (entries: LogEntry[]): void => {
        for (const entry of entries) {
          log.append([entry]);
          log.sync();
        }
      };
      write(entriesFrom(1, 60));
      write(entriesFrom(10, 115, 2));
      disk.dieAfter(operations);
      expect(() => log.cutPrefix(60)).toThrow('ESHUTDOWN');
      disk.losePower();
      const again = WriteAheadLog.open(disk, DIRECTORY, SMALL);
      expect(again.firstIndex).toBeLessThanOrEqual(61);
      expect(plain(again.entries(61, 200))).toEqual(plain(entriesFrom(61, 64, 2)));
      expect(again.termAt(again.firstIndex - 1)).toBe(again.firstIndex === 1 ? 0 : 2);
      again.cutPrefix(60);
      expect(plain(again.entries(61, 200))).toEqual(plain(entriesFrom(61, 64, 2)));
    }
  });

  it('starts after a crash between two removals, when an installed snapshot had emptied the log below them', () => {
    for (let operations = 0; operations < 4; operations += 1) {
      const disk = new SimulatedDisk({ seed: operations });
      const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, { ...SMALL, segmentBytes: 1024 });
      for (let from = 1; from <= 28; from += 7) {
        log.append(entriesFrom(from, 7));
        log.sync();
      }
      log.endInstall(3, 2);
      for (let from = 4; from < 60; from += 7) {
        log.append(entriesFrom(from, 7, 2));
        log.sync();
      }
      disk.dieAfter(operations);
      expect(() => log.cutPrefix(40)).toThrow('ESHUTDOWN');
      disk.losePower();
      const again = WriteAheadLog.open(disk, DIRECTORY, SMALL);
      expect(again.firstIndex).toBeLessThanOrEqual(41);
      expect(plain(again.entries(41, 100))).toEqual(plain(entriesFrom(41, 19, 2)));
    }
  });

  it('makes the name of a new segment durable at the start, when a kill came before that', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const disk = new SimulatedDisk({ seed });
      const log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
      log.append([anEntry(1, 1, 'x'.repeat(3900))]);
      log.sync();
      log.append([anEntry(2)]);
      disk.dieAfter(seed % 6);
      expect(() => log.sync()).toThrow('ESHUTDOWN');
      disk.kill();
      const again = WriteAheadLog.open(disk, DIRECTORY, SMALL);
      again.append([anEntry(2)]);
      again.sync();
      disk.losePower();
      expect(WriteAheadLog.open(disk, DIRECTORY, SMALL).lastIndex).toBe(2);
    }
  });

  it('finds nothing but a log in its directory after a crash while it was begun', () => {
    for (let operations = 0; operations < 7; operations += 1) {
      for (let seed = 0; seed < 10; seed += 1) {
        const disk = new SimulatedDisk({ seed });
        disk.dieAfter(operations);
        try {
          WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
        } catch {
          // The crash that was asked for.
        }
        disk.losePower();
        const exists = WriteAheadLog.exists(disk, DIRECTORY);
        const log = exists
          ? WriteAheadLog.open(disk, DIRECTORY, SMALL)
          : WriteAheadLog.create(disk, DIRECTORY, IDENTITY, SMALL);
        log.append(entriesFrom(1, 2));
        log.sync();
        expect(disk.list(DIRECTORY)).toHaveLength(1);
      }
    }
  });
});
