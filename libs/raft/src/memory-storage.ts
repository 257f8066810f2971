import { configuration } from './configuration';
import type { Configuration } from './configuration';
import { fitting } from './entry';
import type { Entry, Position } from './entry';
import { invariant } from './errors';
import type { Ready } from './ready';
import type { HardState, InitialState, LogStorage, Snapshot } from './storage';

const nothing = new Uint8Array(0);

/** The whole log in memory. For tests, simulations, and as the cache of a storage that writes to disk. */
export class MemoryStorage implements LogStorage {
  private hardState: HardState = { term: 0, vote: null, commit: 0 };
  private entryList: Entry[] = [];
  /** Where the log begins: the position just before the first entry. */
  private base: Position = { index: 0, term: 0 };
  private latest: Snapshot;

  /** `formedWith` is the configuration at index 0; all members of one cluster are formed with the same. */
  constructor(formedWith: Configuration = configuration([])) {
    this.latest = { index: 0, term: 0, configuration: formedWith, data: nothing };
  }

  initialState(): InitialState {
    const { configuration, index } = this.latest;
    return { hardState: this.hardState, configuration, configurationIndex: index };
  }

  firstIndex(): number {
    return this.base.index + 1;
  }

  lastIndex(): number {
    return this.base.index + this.entryList.length;
  }

  term(index: number): number | undefined {
    if (index === this.base.index) return this.base.term;
    return index < this.base.index ? undefined : this.entryList[index - this.firstIndex()]?.term;
  }

  entries(lo: number, hi: number, maxSize: number): readonly Entry[] {
    const from = lo - this.firstIndex();
    const to = hi - this.firstIndex();
    invariant(from >= 0 && to <= this.entryList.length, `entries ${lo} to ${hi} are not all held`);
    return this.entryList.slice(from, fitting(this.entryList, from, to, maxSize));
  }

  snapshot(): Snapshot {
    return this.latest;
  }

  /** Writes one Ready in the order a durable storage must: term and vote, then the snapshot, then the entries. */
  write(ready: Pick<Ready, 'snapshot' | 'hardState' | 'entries'>): void {
    if (ready.hardState !== null) this.hardState = ready.hardState;
    if (ready.snapshot !== null) this.install(ready.snapshot);
    this.append(ready.entries);
  }

  setHardState(hardState: HardState): void {
    this.hardState = hardState;
  }

  /** Discards everything from the first given index on, then appends. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const keep = first.index - this.firstIndex();
    invariant(keep >= 0 && keep <= this.entryList.length, `entry ${first.index} would leave a gap in the log`);
    if (keep < this.entryList.length) this.entryList.length = keep;
    for (const entry of entries) this.entryList.push(entry);
  }

  /** Replaces the log by the snapshot, keeping the suffix when the log already holds the snapshot's position. */
  install(snapshot: Snapshot): void {
    const suffix = this.term(snapshot.index) === snapshot.term ? this.suffixAfter(snapshot.index) : [];
    this.entryList = suffix;
    this.base = { index: snapshot.index, term: snapshot.term };
    this.latest = snapshot;
  }

  /** Remembers a snapshot of the state machine without touching the log; `compact` may follow. */
  keepSnapshot(snapshot: Snapshot): void {
    this.latest = snapshot;
  }

  /** Forgets everything up to `index`, which the newest kept snapshot must cover. */
  compact(index: number): void {
    const term = this.term(index);
    invariant(term !== undefined && index <= this.latest.index, `no snapshot covers ${index}`);
    this.entryList = this.suffixAfter(index);
    this.base = { index, term };
  }

  private suffixAfter(index: number): Entry[] {
    return this.entryList.slice(index - this.base.index);
  }
}
