import { seededRandom } from '../src/disk/seeded-random';
import { SimulatedDisk } from '../src/disk/simulated-disk';
import type { HardState, LogEntry } from '../src/wal/record';
import { WriteAheadLog } from '../src/wal/write-ahead-log';
import { anEntry, DIRECTORY, IDENTITY } from './a-log';

const OPTIONS = { segmentBytes: 4096, frameBytes: 900 };

type Step = LogEntry | HardState | { readonly installed: number; readonly term: number };

/** What a log must hold, moved record by record: a recovered log has to equal it after some record not before the last acknowledged one. */
class Model {
  /** Nothing up to here is in the log any more: a snapshot was installed. */
  floor = 0;
  entries: LogEntry[] = [];
  hardState: HardState = { term: 0, vote: null };

  take(record: Step): void {
    if ('installed' in record) {
      const { installed, term } = record;
      if (this.entries[installed - 1]?.term !== term) this.entries = [];
      this.entries.length = Math.max(this.entries.length, installed);
      this.floor = Math.max(this.floor, installed);
    } else if ('index' in record) this.entries = [...this.entries.slice(0, record.index - 1), record];
    else this.hardState = record;
  }

  /** undefined when the log holds exactly this, from the first index that may be left. */
  difference(log: WriteAheadLog, cut: number): string | undefined {
    if (log.firstIndex > Math.max(cut, this.floor) + 1)
      return `entries up to ${log.firstIndex - 1} are gone, only those to ${cut} were released`;
    if (log.hardState.term !== this.hardState.term || log.hardState.vote !== this.hardState.vote)
      return 'term or vote differ';
    if (log.lastIndex !== this.entries.length) return `the last entry is ${log.lastIndex}, not ${this.entries.length}`;
    const held = [...log.entries(log.firstIndex, log.lastIndex)];
    if (held.length !== log.lastIndex - log.firstIndex + 1) return 'entries are missing in the middle';
    const wrong = held.find(({ index, term, data }) => {
      const expected = this.entries[index - 1];
      return (
        expected === undefined ||
        expected.term !== term ||
        Buffer.compare(expected.data, data) !== 0 ||
        log.termAt(index) !== term
      );
    });
    return wrong === undefined ? undefined : `entry ${wrong.index} differs`;
  }
}

export interface CrashRun {
  readonly violation: string | undefined;
  readonly crashes: number;
  readonly tornTails: number;
}

/**
 * One random life of a log over a simulated disk: appends, overwrites, votes, syncs, cuts, and crashes at any operation,
 * by loss of power, by kill and by a failed sync. Checks at every start that what was acknowledged is there, and that
 * the rest is a prefix of what was under way.
 */
export function crashRun(seed: number, steps: number, ignoreSyncs = false): CrashRun {
  const random = seededRandom(seed * 7919 + 1);
  const below = (limit: number): number => Math.floor(random() * limit);
  const disk = new SimulatedDisk({ seed });
  const options = ignoreSyncs ? { ...OPTIONS, segmentBytes: 256 << 10 } : OPTIONS;
  let log = WriteAheadLog.create(disk, DIRECTORY, IDENTITY, options);
  disk.ignoreSyncs = ignoreSyncs;
  const model = new Model();
  let underway: Step[] = [];
  let [cut, crashes, tornTails, writes] = [0, 0, 0, 0];

  const append = (): void => {
    const tail = underway.reduce((last, record) => ('index' in record ? record.index : last), model.entries.length);
    const first = random() < 0.2 ? Math.max(cut + 1, tail - below(6)) : tail + 1;
    const entries = Array.from({ length: 1 + below(8) }, (_, i) =>
      anEntry(first + i, 1 + below(3), `${(writes += 1)} ${'x'.repeat(below(300))}`),
    );
    const hardState =
      random() < 0.3 ? { term: below(1000), vote: random() < 0.5 ? null : `node-${below(5)}` } : undefined;
    log.append(entries, hardState);
    underway.push(...(hardState === undefined ? [] : [hardState]), ...entries);
  };
  const sync = (): void => {
    log.sync();
    for (const record of underway) model.take(record);
    underway = [];
  };
  const release = (): void => {
    // As Raft does: what is released is committed, and what is committed is never overwritten.
    const firstUnderway = underway.reduce(
      (least, record) => ('index' in record ? Math.min(least, record.index) : least),
      Infinity,
    );
    cut = Math.max(cut, Math.min(model.entries.length, firstUnderway - 1, cut + below(60)));
    log.cutPrefix(cut);
  };
  const install = (): void => {
    sync();
    const installed = cut + 1 + below(model.entries.length - cut + 20);
    const term = model.entries[installed - 1]?.term ?? 1 + below(3);
    underway.push({ installed, term: random() < 0.5 ? term : term + 1 });
    log.endInstall(installed, (underway[0] as { term: number }).term);
    sync();
    cut = Math.max(cut, installed);
  };
  const restart = (): string | undefined => {
    crashes += 1;
    if (random() < 0.7) disk.losePower();
    else disk.kill();
    try {
      // A recovery can be cut short as well, and the next one has to cope with what it left.
      if (random() < 0.2) {
        disk.dieAfter(below(4));
        try {
          WriteAheadLog.open(disk, DIRECTORY, options);
        } catch (error) {
          if (!String(error).includes('ESHUTDOWN')) throw error;
        }
        if (random() < 0.5) disk.losePower();
        else disk.kill();
      }
      log = WriteAheadLog.open(disk, DIRECTORY, options);
    } catch (error) {
      return `it does not start: ${String(error)}`;
    }
    tornTails += log.tornBytes > 0 ? 1 : 0;
    let difference = model.difference(log, cut);
    for (let next = underway.shift(); difference !== undefined && next !== undefined; next = underway.shift()) {
      model.take(next);
      difference = model.difference(log, cut) === undefined ? undefined : difference;
    }
    underway = [];
    cut = Math.max(cut, model.floor);
    return difference;
  };

  for (let step = 0; step < steps; step += 1) {
    const choice = random();
    let failed = false;
    try {
      if (choice < 0.06) disk.dieAfter(below(4));
      else if (choice < 0.08) disk.failNext('sync');
      if (choice < 0.55) append();
      else if (choice < 0.93) sync();
      else if (choice < 0.98) release();
      else install();
    } catch {
      failed = true;
    }
    if (!failed && random() > 0.05) continue;
    const violation = restart();
    if (violation !== undefined) return { violation: `seed ${seed}, step ${step}: ${violation}`, crashes, tornTails };
  }
  return { violation: undefined, crashes, tornTails };
}
