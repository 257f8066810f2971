import { LogPositions } from './log-positions';
import type { Place } from './log-positions';
import type { Configuration, HardState, InstalledSnapshot, LogRecord, SegmentStart, SnapshotMark } from './record';
import { encodeRecord } from './record-codec';

/** What the records say when they are taken in order: the same code follows them at recovery and while they are written. */
export class LogState {
  hardState: HardState = { term: 0, vote: null };
  /** A snapshot whose installation was begun and not ended. */
  installing: SnapshotMark | null = null;
  readonly positions: LogPositions;
  private configurations: Configuration[] = [];

  constructor(start: Pick<SegmentStart, 'firstIndex' | 'previousTerm'>) {
    this.positions = new LogPositions(start.firstIndex, start.previousTerm);
  }

  /** The newest membership that no overwrite has taken away. */
  get configuration(): Configuration | null {
    return this.configurations.at(-1) ?? null;
  }

  apply(record: LogRecord, place: Place): void {
    switch (record.type) {
      case 'entry':
        if (record.index <= this.positions.lastIndex) this.dropConfigurationsFrom(record.index);
        return this.positions.add(record.index, record.term, place);
      case 'hard-state':
        this.hardState = { term: record.term, vote: record.vote };
        return;
      case 'configuration':
        this.dropConfigurationsFrom(record.index);
        this.configurations.push({ index: record.index, data: Uint8Array.from(record.data) });
        return;
      case 'installing':
        this.installing = {
          index: record.index,
          term: record.term,
          configuration: Uint8Array.from(record.configuration),
        };
        return;
      case 'installed':
        return this.install(record);
      case 'segment':
        throw new RangeError('a segment header stands inside a batch');
      default:
        record satisfies never;
    }
  }

  /** The state at the start of a segment, so that the segments before it can go. */
  header(start: SegmentStart): Uint8Array[] {
    const records: LogRecord[] = [
      { type: 'segment', ...start },
      { type: 'hard-state', ...this.hardState },
    ];
    for (const configuration of this.configurations) records.push({ type: 'configuration', ...configuration });
    if (this.installing !== null) records.push({ type: 'installing', ...this.installing });
    return records.map(encodeRecord);
  }

  dropBefore(index: number): void {
    this.positions.dropBefore(index);
    while (this.configurations[1] !== undefined && this.configurations[1].index < index) this.configurations.shift();
  }

  /** A suffix that continues the snapshot stays (Raft section 7); any other log gives way to it. */
  private install({ index, term, keepsSuffix }: InstalledSnapshot): void {
    const mark = this.installing;
    this.installing = null;
    if (keepsSuffix) return this.dropBefore(index + 1);
    // Behind what has been cut away since, only the emptying is left to do.
    if (index < this.positions.firstIndex - 1) this.positions.truncateFrom(index + 1);
    else this.positions.restartAt(index + 1, term);
    this.configurations = mark === null ? [] : [{ index, data: mark.configuration }];
  }

  private dropConfigurationsFrom(index: number): void {
    while ((this.configurations.at(-1)?.index ?? -1) >= index) this.configurations.pop();
  }
}
