import { entrySize, MemoryStorage } from '@config-guardian/raft';
import type { Configuration, Entry, InitialState, LogStorage, Position, Ready, Snapshot } from '@config-guardian/raft';

const nothing = new Uint8Array(0);
const SLACK = 17 / 16;
const CHUNK = 1024;

export interface CacheLimits {
  readonly keptEntries: number;
  readonly keptBytes: number;
}

/** The whole kept log in memory, beside the write-ahead log that holds it on disk, with the weight of what it holds. */
export class LogCache implements LogStorage {
  private readonly memory: MemoryStorage;
  /** Asked for a snapshot to feed to a member. */
  giveSnapshot: () => Snapshot | null = () => null;
  bytes = 0;
  /** Weight of the entries that the consumer has not taken. */
  unappliedBytes = 0;

  constructor(configuration: Configuration) {
    this.memory = new MemoryStorage(configuration);
  }

  /** The log begins after `base`. For boot only. */
  beginAfter(base: Position, configuration: Configuration): void {
    if (base.index > 0) this.memory.install({ ...base, configuration, data: nothing });
  }

  /** Where the consumer stands at boot, what it knows of the configuration, and what was promised. */
  boot(hardState: InitialState['hardState'], known: Position & { readonly configuration: Configuration }): void {
    this.memory.keepSnapshot({ ...known, data: nothing });
    this.memory.setHardState(hardState);
    const { commit: applied } = hardState;
    if (applied >= this.firstIndex()) this.applied(this.entries(this.firstIndex(), applied + 1, Infinity));
  }

  initialState(): InitialState {
    return this.memory.initialState();
  }

  firstIndex(): number {
    return this.memory.firstIndex();
  }

  lastIndex(): number {
    return this.memory.lastIndex();
  }

  term(index: number): number | undefined {
    return this.memory.term(index);
  }

  entries(lo: number, hi: number, maxSize: number): readonly Entry[] {
    return this.memory.entries(lo, hi, maxSize);
  }

  snapshot(): Snapshot | null {
    return this.giveSnapshot();
  }

  /** What the core handed out to be written is on the disk now. */
  wrote({ hardState, entries }: Pick<Ready, 'hardState' | 'entries'>): void {
    if (hardState !== null) this.memory.setHardState(hardState);
    const first = entries[0]?.index;
    if (first === undefined) return;
    const end = this.lastIndex() + 1;
    if (first < end) this.weigh(this.memory.entries(first, end, Infinity), -1);
    this.memory.append(entries);
    this.weigh(entries, 1);
  }

  installed(snapshot: Snapshot): void {
    this.memory.install({ ...snapshot, data: nothing });
    this.bytes = weightOf(this.memory.entries(this.firstIndex(), this.lastIndex() + 1, Infinity));
    this.unappliedBytes = this.bytes;
  }

  applied(entries: readonly Entry[]): void {
    this.unappliedBytes -= weightOf(entries);
  }

  /**
   * The highest index that may go, so that what is left keeps the limits. At least a sixteenth of them goes at a time,
   * because each cut costs as much as what stays.
   */
  cutWithin({ keptEntries, keptBytes }: CacheLimits, upTo: number): number | undefined {
    const [first, last] = [this.firstIndex(), Math.min(upTo, this.lastIndex())];
    const over = this.lastIndex() - first + 1 > keptEntries * SLACK || this.bytes > keptBytes * SLACK;
    if (!over || last < first) return undefined;
    let [index, bytes] = [first - 1, this.bytes];
    while (index < last) {
      for (const entry of this.memory.entries(index + 1, Math.min(index + CHUNK, last) + 1, Infinity)) {
        if (this.lastIndex() - index <= keptEntries && bytes <= keptBytes) return index < first ? undefined : index;
        index = entry.index;
        bytes -= entrySize(entry);
      }
    }
    return index;
  }

  /** Forgets everything up to `index`, with the position and configuration of the consumer, which is at least there. */
  cut(index: number, consumer: Position & { readonly configuration: Configuration }): void {
    this.bytes -= weightOf(this.memory.entries(this.firstIndex(), index + 1, Infinity));
    this.memory.keepSnapshot({ ...consumer, data: nothing });
    this.memory.compact(index);
  }

  /** What is written or overwritten was never applied. */
  private weigh(entries: readonly Entry[], sign: 1 | -1): void {
    const weight = sign * weightOf(entries);
    this.bytes += weight;
    this.unappliedBytes += weight;
  }
}

function weightOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entrySize(entry), 0);
}
